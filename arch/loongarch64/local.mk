# SPDX-License-Identifier: MIT
if CPU_LOONGARCH64
core_sources += \
	arch/loongarch64/asm_cpu.h \
	arch/loongarch64/atomic.S \
	arch/loongarch64/barrier.S \
	arch/loongarch64/cache.S \
	arch/loongarch64/cache-walk.h \
	arch/loongarch64/cpu.c \
	arch/loongarch64/cpu.h \
	arch/loongarch64/fence_cpu.h \
	arch/loongarch64/io.S \
	arch/loongarch64/memcmp.S \
	arch/loongarch64/memcpy.S \
	arch/loongarch64/memcpy-vec.h \
	arch/loongarch64/memcpy-aligned.S \
	arch/loongarch64/memcpy-unaligned.S \
	arch/loongarch64/memcpy-lsx.S \
	arch/loongarch64/memcpy-lasx.S \
	arch/loongarch64/memmove.S \
	arch/loongarch64/memmove-vec.h \
	arch/loongarch64/memmove-aligned.S \
	arch/loongarch64/memmove-unaligned.S \
	arch/loongarch64/memmove-lsx.S \
	arch/loongarch64/memmove-lasx.S \
	arch/loongarch64/memset.S \
	arch/loongarch64/memset-vec.h \
	arch/loongarch64/memset-aligned.S \
	arch/loongarch64/memset-unaligned.S \
	arch/loongarch64/memset-lsx.S \
	arch/loongarch64/memset-lasx.S \
	arch/loongarch64/strnlen.S \
	arch/loongarch64/word_cpu.h
linux_sources += arch/loongarch64/cpu-linux.c arch/loongarch64/frame.h
bare_sources += arch/loongarch64/cpu-bare.c arch/loongarch64/trap.h arch/loongarch64/user.S
endif
