# SPDX-License-Identifier: MIT
libhaul_la_SOURCES += arch/arch.h arch/asm.h
include $(top_srcdir)/arch/x86_64/local.mk
