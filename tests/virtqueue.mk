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

# Two threads; and once more with a ring of its own that has no barrier.
if HOSTED
test_programs += tests/virtqueue_litmus tests/virtqueue_litmus_broken
endif
tests_virtqueue_litmus_SOURCES = tests/virtqueue_litmus.c $(ring_sources)
tests_virtqueue_litmus_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_virtqueue_litmus_LDADD = tests/libtest.la $(test_libs)
tests_virtqueue_litmus_broken_SOURCES = tests/virtqueue_litmus.c runtime/virtio/virtqueue.c \
	$(ring_sources)
tests_virtqueue_litmus_broken_CPPFLAGS = $(AM_CPPFLAGS) -DHAUL_BROKEN_FENCE
tests_virtqueue_litmus_broken_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_virtqueue_litmus_broken_LDADD = tests/libtest.la $(test_libs)
