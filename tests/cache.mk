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
# One file, so that what the report keeps from being called can be called.
if HOSTED
tests_cache_SOURCES += tests/cache_refused.c
tests_cache_LDFLAGS = -static
else
tests_cache_LDFLAGS = $(AM_LDFLAGS)
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
