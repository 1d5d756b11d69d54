# SPDX-License-Identifier: MIT
# Virtio drivers, against devices of the tests'.
machine_sources = tests/virtio_machine.c tests/virtio_machine.h
test_programs += tests/virtio_rng
tests_virtio_rng_SOURCES = tests/virtio_rng.c $(machine_sources)
tests_virtio_rng_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_virtio_rng_LDADD = tests/libtest.la $(test_libs)
