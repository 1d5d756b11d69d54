# SPDX-License-Identifier: MIT
# DMA on a model of a machine with a cache.
dma_machine_sources = tests/dma_machine.c tests/dma_machine.h
test_programs += tests/dma_model
tests_dma_model_SOURCES = tests/dma_model.c tests/dma_mistakes.c $(dma_machine_sources)
tests_dma_model_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_dma_model_LDADD = tests/libtest.la $(test_libs)

# Random programs over streams and lists.
test_programs += tests/dma_programs
tests_dma_programs_SOURCES = tests/dma_programs.c tests/dma_broken.c tests/dma_program.c \
	tests/dma_program.h tests/dma_program_list.c $(dma_machine_sources)
tests_dma_programs_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_dma_programs_LDADD = tests/libtest.la $(test_libs)
