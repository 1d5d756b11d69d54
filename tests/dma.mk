# SPDX-License-Identifier: MIT
# Hals, and what is built on them.
test_programs += tests/dma_stream
tests_dma_stream_SOURCES = tests/dma_stream.c tests/test_hal.c tests/test_hal.h
tests_dma_stream_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_dma_stream_LDADD = tests/libtest.la $(test_libs)
