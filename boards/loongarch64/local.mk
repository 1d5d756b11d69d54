# SPDX-License-Identifier: MIT
if CPU_LOONGARCH64
board_sources += \
	boards/loongarch64/board.c \
	boards/loongarch64/csr.h \
	boards/loongarch64/device.h \
	boards/loongarch64/interrupt.c \
	boards/loongarch64/start.S \
	boards/loongarch64/trap.S
endif
