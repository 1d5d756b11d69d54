# SPDX-License-Identifier: MIT
core_sources += arch/arch.h arch/asm.h arch/detect.h arch/fence.h arch/word.h
include $(top_srcdir)/arch/x86_64/local.mk
include $(top_srcdir)/arch/aarch64/local.mk
include $(top_srcdir)/arch/riscv64/local.mk
include $(top_srcdir)/arch/loongarch64/local.mk
