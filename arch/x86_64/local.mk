# SPDX-License-Identifier: MIT
if CPU_X86_64
core_sources += \
	arch/x86_64/asm_cpu.h \
	arch/x86_64/atomic.S \
	arch/x86_64/barrier.S \
	arch/x86_64/cache.S \
	arch/x86_64/cache-walk.h \
	arch/x86_64/cpu.c \
	arch/x86_64/fence_cpu.h \
	arch/x86_64/io.S \
	arch/x86_64/memcmp.S \
	arch/x86_64/memcpy.S \
	arch/x86_64/memcpy-vec.h \
	arch/x86_64/memcpy-sse2.S \
	arch/x86_64/memcpy-avx2.S \
	arch/x86_64/memcpy-evex.S \
	arch/x86_64/memcpy-avx512.S \
	arch/x86_64/memcpy-erms.S \
	arch/x86_64/memmove.S \
	arch/x86_64/memmove-vec.h \
	arch/x86_64/memmove-sse2.S \
	arch/x86_64/memmove-avx2.S \
	arch/x86_64/memmove-evex.S \
	arch/x86_64/memmove-avx512.S \
	arch/x86_64/memset.S \
	arch/x86_64/memset-vec.h \
	arch/x86_64/memset-sse2.S \
	arch/x86_64/memset-avx2.S \
	arch/x86_64/memset-evex.S \
	arch/x86_64/memset-avx512.S \
	arch/x86_64/memset-erms.S \
	arch/x86_64/strnlen.S \
	arch/x86_64/word_cpu.h
linux_sources += arch/x86_64/frame.h
bare_sources += arch/x86_64/trap.h arch/x86_64/user.S
endif
