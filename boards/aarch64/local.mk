# SPDX-License-Identifier: MIT
if CPU_AARCH64
board_sources += \
	boards/aarch64/board.c \
	boards/aarch64/device.h \
	boards/aarch64/interrupt.c \
	boards/aarch64/start.S \
	boards/aarch64/trap.S \
	boards/tree.c \
	boards/tree.h
endif
