# SPDX-License-Identifier: MIT
# The Hals that haul ships.
test_programs += tests/hal_arena
tests_hal_arena_SOURCES = tests/hal_arena.c
tests_hal_arena_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_hal_arena_LDADD = tests/libtest.la $(test_libs)

if HOSTED
test_programs += tests/hal_arena_contention tests/hal_hugetlb tests/hal_memfd
endif
tests_hal_arena_contention_SOURCES = tests/hal_arena_contention.c
tests_hal_arena_contention_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_hal_arena_contention_LDADD = tests/libtest.la $(test_libs)
tests_hal_hugetlb_SOURCES = tests/hal_hugetlb.c tests/linux/files.h
tests_hal_hugetlb_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_hal_hugetlb_LDADD = tests/libtest.la $(test_libs)
tests_hal_memfd_SOURCES = tests/hal_memfd.c tests/linux/files.h
tests_hal_memfd_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_hal_memfd_LDADD = tests/libtest.la $(test_libs)
