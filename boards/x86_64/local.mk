# SPDX-License-Identifier: MIT
if CPU_X86_64
board_sources += \
	boards/x86_64/board.c \
	boards/x86_64/device.h \
	boards/x86_64/interrupt.c \
	boards/x86_64/interrupt.h \
	boards/x86_64/port.h \
	boards/x86_64/segments.h \
	boards/x86_64/start.S \
	boards/x86_64/trap.S
endif
