# SPDX-License-Identifier: MIT
if CPU_RISCV64
board_sources += \
	boards/riscv64/board.c \
	boards/riscv64/device.h \
	boards/riscv64/interrupt.c \
	boards/riscv64/start.S \
	boards/riscv64/trap.S \
	boards/tree.c \
	boards/tree.h
endif
