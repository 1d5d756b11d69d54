# SPDX-License-Identifier: MIT
if CPU_X86_64
libhaul_la_SOURCES += \
	arch/x86_64/asm_cpu.h \
	arch/x86_64/atomic.S \
	arch/x86_64/cpu.c \
	arch/x86_64/frame.h \
	arch/x86_64/memcmp.S \
	arch/x86_64/memcpy.S \
	arch/x86_64/memmove.S \
	arch/x86_64/memset.S \
	arch/x86_64/strnlen.S
endif
