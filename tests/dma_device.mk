# SPDX-License-Identifier: MIT
# DMA by real devices, as QEMU has them: the boards'.
test_programs += tests/dma_device
tests_dma_device_SOURCES = tests/dma_device.c tests/bare/acquire.c tests/bare/acquire.h \
	tests/bare/e1000e.c tests/bare/e1000e.h tests/bare/identity.c tests/bare/identity.h \
	tests/bare/pci.c tests/bare/pci.h
tests_dma_device_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_dma_device_LDADD = tests/libtest.la $(test_libs)
if CPU_LOONGARCH64
tests_dma_device_SOURCES += tests/loongarch64/dma_reach.c
else
tests_dma_device_SOURCES += tests/bare/edu.c tests/bare/edu.h tests/dma_reach.c
endif
