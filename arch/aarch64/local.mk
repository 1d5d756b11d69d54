# SPDX-License-Identifier: MIT
if CPU_AARCH64
core_sources += \
	arch/aarch64/asm_cpu.h \
	arch/aarch64/atomic.S \
	arch/aarch64/barrier.S \
	arch/aarch64/cache.S \
	arch/aarch64/cache-walk.h \
	arch/aarch64/cpu.c \
	arch/aarch64/cpu.h \
	arch/aarch64/fence_cpu.h \
	arch/aarch64/io.S \
	arch/aarch64/memcmp.S \
	arch/aarch64/memcpy.S \
	arch/aarch64/memcpy-neon.S \
	arch/aarch64/memcpy-sve.S \
	arch/aarch64/memcpy-mops.S \
	arch/aarch64/memmove.S \
	arch/aarch64/memmove-neon.S \
	arch/aarch64/memmove-mops.S \
	arch/aarch64/memset.S \
	arch/aarch64/memset-vec.h \
	arch/aarch64/memset-neon.S \
	arch/aarch64/memset-zva.S \
	arch/aarch64/memset-mops.S \
	arch/aarch64/strnlen.S \
	arch/aarch64/word_cpu.h
linux_sources += arch/aarch64/cpu-linux.c arch/aarch64/frame.h
bare_sources += arch/aarch64/cpu-bare.c arch/aarch64/trap.h arch/aarch64/user.S
endif
