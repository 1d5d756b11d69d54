# SPDX-License-Identifier: MIT
# Virtqueues, against a strict device.
ring_sources = tests/ring.c tests/ring.h
test_programs += tests/virtqueue
tests_virtqueue_SOURCES = tests/virtqueue.c $(ring_sources)
tests_virtqueue_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_virtqueue_LDADD = tests/libtest.la $(test_libs)

test_programs += tests/virtqueue_hostile
tests_virtqueue_hostile_SOURCES = tests/virtqueue_hostile.c $(ring_sources)
tests_virtqueue_hostile_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_virtqueue_hostile_LDADD = tests/libtest.la $(test_libs)
