# SPDX-License-Identifier: MIT
# Virtio drivers, against devices of the tests'.
machine_sources = tests/virtio_machine.c tests/virtio_machine.h
test_programs += tests/virtio_rng tests/virtio_console tests/virtio_net
tests_virtio_rng_SOURCES = tests/virtio_rng.c $(machine_sources)
tests_virtio_rng_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_virtio_rng_LDADD = tests/libtest.la $(test_libs)
tests_virtio_console_SOURCES = tests/virtio_console.c $(machine_sources)
tests_virtio_console_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_virtio_console_LDADD = tests/libtest.la $(test_libs)
tests_virtio_net_SOURCES = tests/virtio_net.c $(machine_sources)
tests_virtio_net_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_virtio_net_LDADD = tests/libtest.la $(test_libs)

if HOSTED
test_programs += tests/virtio_net_contention
endif
tests_virtio_net_contention_SOURCES = tests/virtio_net_contention.c $(machine_sources)
tests_virtio_net_contention_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_virtio_net_contention_LDADD = tests/libtest.la $(test_libs)

disk_sources = tests/virtio_disk.c tests/virtio_disk.h $(machine_sources)
test_programs += tests/virtio_blk
tests_virtio_blk_SOURCES = tests/virtio_blk.c $(disk_sources)
tests_virtio_blk_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_virtio_blk_LDADD = tests/libtest.la $(test_libs)

test_programs += tests/virtio_blk_hostile
tests_virtio_blk_hostile_SOURCES = tests/virtio_blk_hostile.c tests/test_hal.c tests/test_hal.h \
	$(disk_sources)
tests_virtio_blk_hostile_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_virtio_blk_hostile_LDADD = tests/libtest.la $(test_libs)

test_programs += tests/virtio_hostile
tests_virtio_hostile_SOURCES = tests/virtio_hostile.c tests/virtio_subject.c tests/virtio_subject.h \
	$(disk_sources)
tests_virtio_hostile_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_virtio_hostile_LDADD = tests/libtest.la $(test_libs)
