# SPDX-License-Identifier: MIT
if CPU_RISCV64
core_sources += \
	arch/riscv64/asm_cpu.h \
	arch/riscv64/atomic.S \
	arch/riscv64/barrier.S \
	arch/riscv64/cache.S \
	arch/riscv64/cache-walk.h \
	arch/riscv64/cpu.c \
	arch/riscv64/cpu.h \
	arch/riscv64/fence_cpu.h \
	arch/riscv64/io.S \
	arch/riscv64/memcmp.S \
	arch/riscv64/memcpy.S \
	arch/riscv64/memcpy-aligned.S \
	arch/riscv64/memcpy-unaligned.S \
	arch/riscv64/memcpy-rvv.S \
	arch/riscv64/memmove.S \
	arch/riscv64/memmove-aligned.S \
	arch/riscv64/memmove-unaligned.S \
	arch/riscv64/memmove-rvv.S \
	arch/riscv64/memset.S \
	arch/riscv64/memset-vec.h \
	arch/riscv64/memset-aligned.S \
	arch/riscv64/memset-unaligned.S \
	arch/riscv64/memset-rvv.S \
	arch/riscv64/strnlen.S \
	arch/riscv64/word_cpu.h
linux_sources += arch/riscv64/cpu-linux.c arch/riscv64/frame.h
bare_sources += arch/riscv64/cpu-bare.c arch/riscv64/trap.h arch/riscv64/user.S
endif
