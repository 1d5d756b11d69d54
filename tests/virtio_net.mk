# SPDX-License-Identifier: MIT
# The drivers of consoles and networks.
virtio_rig = tests/virtio_rig.c tests/virtio_rig.h
test_programs += tests/virtio_console
tests_virtio_console_SOURCES = tests/virtio_console.c $(virtio_rig)
tests_virtio_console_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_virtio_console_LDADD = tests/libtest.la $(test_libs)
test_programs += tests/virtio_net
tests_virtio_net_SOURCES = tests/virtio_net.c $(virtio_rig)
tests_virtio_net_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_virtio_net_LDADD = tests/libtest.la $(test_libs)
