# SPDX-License-Identifier: MIT
if HOSTED
noinst_PROGRAMS += examples/truncated
else
noinst_PROGRAMS += examples/kernel/kernel
endif
examples_truncated_SOURCES = examples/truncated.c
examples_truncated_LDADD = libhaul.la
examples_kernel_kernel_SOURCES = examples/kernel/main.c
examples_kernel_kernel_LDADD = $(board_libs)
