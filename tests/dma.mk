# SPDX-License-Identifier: MIT
# Hals, and what is built on them.
test_programs += tests/dma_stream
tests_dma_stream_SOURCES = tests/dma_stream.c tests/test_hal.c tests/test_hal.h
tests_dma_stream_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_dma_stream_LDADD = tests/libtest.la $(test_libs)

test_programs += tests/hal tests/dma_faults
tests_hal_SOURCES = tests/hal.c tests/test_hal.c tests/test_hal.h
tests_hal_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_hal_LDADD = tests/libtest.la $(test_libs)
tests_dma_faults_SOURCES = tests/dma_faults.c tests/test_hal.c tests/test_hal.h
tests_dma_faults_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_dma_faults_LDADD = tests/libtest.la $(test_libs)

test_programs += tests/dma_list
tests_dma_list_SOURCES = tests/dma_list.c tests/test_hal.c tests/test_hal.h
tests_dma_list_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_dma_list_LDADD = tests/libtest.la $(test_libs)

if HOSTED
test_programs += tests/dma_contention
endif
tests_dma_contention_SOURCES = tests/dma_contention.c
tests_dma_contention_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_dma_contention_LDADD = tests/libtest.la $(test_libs)
