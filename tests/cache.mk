# SPDX-License-Identifier: MIT
# Cache maintenance and barriers.
test_programs += tests/cache
tests_cache_SOURCES = tests/cache.c tests/oracle.c tests/oracle.h
if CPU_X86_64
tests_cache_SOURCES += tests/x86_64/walk.S
endif
if CPU_AARCH64
tests_cache_SOURCES += tests/aarch64/walk.S
endif
if CPU_RISCV64
tests_cache_SOURCES += tests/riscv64/walk.S
endif
if CPU_LOONGARCH64
tests_cache_SOURCES += tests/loongarch64/walk.S
endif
tests_cache_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_cache_LDADD = tests/libtest.la $(test_libs)

test_programs += tests/barrier
tests_barrier_SOURCES = tests/barrier.c
if HOSTED
tests_barrier_SOURCES += tests/barrier_threads.c
endif
tests_barrier_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_barrier_LDADD = tests/libtest.la $(test_libs)
