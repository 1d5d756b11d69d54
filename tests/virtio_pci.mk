# SPDX-License-Identifier: MIT
# PCI, and virtio over it, on models of registers: their own sources are compiled once more,
# behind a header that sends every access of a region to the models.
pci_model_sources = runtime/pci.c tests/pci_model.c tests/pci_model.h tests/virtio_registers.c \
	tests/virtio_registers.h
registers_cppflags = $(AM_CPPFLAGS) -DVIRTIO_REGISTERS_INSTEAD \
	-include $(top_srcdir)/tests/virtio_registers.h

test_programs += tests/pci
tests_pci_SOURCES = tests/pci.c $(pci_model_sources)
tests_pci_CPPFLAGS = $(registers_cppflags)
tests_pci_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_pci_LDADD = tests/libtest.la $(test_libs)

virtio_pci_sources = runtime/virtio/pci.c tests/virtio_pci_device.c tests/virtio_pci_device.h \
	tests/virtio_pci_model.c tests/virtio_pci_model.h $(pci_model_sources)
test_programs += tests/virtio_pci
tests_virtio_pci_SOURCES = tests/virtio_pci.c $(virtio_pci_sources)
tests_virtio_pci_CPPFLAGS = $(registers_cppflags)
tests_virtio_pci_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_virtio_pci_LDADD = tests/libtest.la $(test_libs)

test_programs += tests/virtio_pci_hostile
tests_virtio_pci_hostile_SOURCES = tests/virtio_pci_hostile.c $(virtio_pci_sources)
tests_virtio_pci_hostile_CPPFLAGS = $(registers_cppflags)
tests_virtio_pci_hostile_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_virtio_pci_hostile_LDADD = tests/libtest.la $(test_libs)
