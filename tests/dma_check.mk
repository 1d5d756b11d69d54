# SPDX-License-Identifier: MIT
# The checker of DMA, and statistics.
test_programs += tests/dma_check tests/dma_stats
tests_dma_check_SOURCES = tests/dma_check.c
tests_dma_check_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_dma_check_LDADD = tests/libtest.la $(test_libs)
tests_dma_stats_SOURCES = tests/dma_stats.c
tests_dma_stats_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_dma_stats_LDADD = tests/libtest.la $(test_libs)

if HOSTED
test_programs += tests/dma_check_contention
endif
tests_dma_check_contention_SOURCES = tests/dma_check_contention.c
tests_dma_check_contention_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_dma_check_contention_LDADD = tests/libtest.la $(test_libs)

# Other tests of DMA once more, with a checker for each device.
checked_sources = tests/checked.c tests/checked.h
checked_cflags = $(test_cflags) -include $(top_srcdir)/tests/checked.h
test_programs += tests/dma_stream_checked
tests_dma_stream_checked_SOURCES = $(tests_dma_stream_SOURCES) $(checked_sources)
tests_dma_stream_checked_CFLAGS = $(AM_CFLAGS) $(checked_cflags)
tests_dma_stream_checked_LDADD = $(tests_dma_stream_LDADD)
test_programs += tests/dma_faults_checked
tests_dma_faults_checked_SOURCES = $(tests_dma_faults_SOURCES) $(checked_sources)
tests_dma_faults_checked_CFLAGS = $(AM_CFLAGS) $(checked_cflags)
tests_dma_faults_checked_LDADD = $(tests_dma_faults_LDADD)
test_programs += tests/dma_list_checked
tests_dma_list_checked_SOURCES = $(tests_dma_list_SOURCES) $(checked_sources)
tests_dma_list_checked_CFLAGS = $(AM_CFLAGS) $(checked_cflags) -DCHECKED_OVERLAPS=true
tests_dma_list_checked_LDADD = $(tests_dma_list_LDADD)
