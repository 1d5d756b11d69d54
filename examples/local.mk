# SPDX-License-Identifier: MIT
if HOSTED
noinst_PROGRAMS += examples/dma examples/truncated examples/virtio
else
noinst_PROGRAMS += examples/disk/disk examples/kernel/kernel
endif
examples_dma_SOURCES = examples/dma.c
examples_dma_LDADD = libhaul.la
examples_truncated_SOURCES = examples/truncated.c
examples_truncated_LDADD = libhaul.la
examples_virtio_SOURCES = examples/virtio.c
examples_virtio_LDADD = libhaul.la
examples_kernel_kernel_SOURCES = examples/kernel/main.c
examples_kernel_kernel_LDADD = $(board_libs)
examples_disk_disk_SOURCES = examples/disk/main.c
examples_disk_disk_CFLAGS = $(AM_CFLAGS) -iquote $(top_srcdir)/boards/$(HAUL_CPU)
examples_disk_disk_LDADD = $(board_libs)
