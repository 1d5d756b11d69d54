# SPDX-License-Identifier: MIT
if HOSTED
noinst_PROGRAMS += examples/dma examples/truncated
else
noinst_PROGRAMS += examples/kernel/kernel
endif
examples_dma_SOURCES = examples/dma.c
examples_dma_LDADD = libhaul.la
examples_truncated_SOURCES = examples/truncated.c
examples_truncated_LDADD = libhaul.la
examples_kernel_kernel_SOURCES = examples/kernel/main.c
examples_kernel_kernel_LDADD = $(board_libs)
