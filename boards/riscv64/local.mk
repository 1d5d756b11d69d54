# SPDX-License-Identifier: MIT
if CPU_RISCV64
board_sources += \
	boards/riscv64/board.c \
	boards/riscv64/start.S \
	boards/riscv64/trap.S \
	boards/riscv64/tree.c \
	boards/riscv64/tree.h
endif
