# SPDX-License-Identifier: MIT
# Virtio drivers and real devices, as QEMU has them: the boards', and what is at the other end.
check_PROGRAMS += tests/virtio_device
tests_virtio_device_SOURCES = tests/virtio_device.c tests/virtio_interrupt.c tests/virtio_board.c \
	tests/virtio_board.h tests/bare/acquire.c tests/bare/acquire.h tests/bare/identity.c \
	tests/bare/identity.h tests/bare/pci.c tests/bare/pci.h tests/bare/virtio.c tests/bare/virtio.h
tests_virtio_device_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_virtio_device_LDADD = tests/libtest.la $(test_libs)

check_PROGRAMS += tests/virtio_count
tests_virtio_count_SOURCES = tests/virtio_count.c tests/virtio_board.c tests/virtio_board.h \
	tests/bare/acquire.c tests/bare/acquire.h tests/bare/identity.c tests/bare/identity.h \
	tests/bare/pci.c tests/bare/pci.h tests/bare/virtio.c tests/bare/virtio.h
tests_virtio_count_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_virtio_count_LDADD = tests/libtest.la $(test_libs)
