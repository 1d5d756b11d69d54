# SPDX-License-Identifier: MIT
# Files and devices as regions: Linux only.
test_programs += tests/mapping
tests_mapping_SOURCES = tests/mapping.c tests/linux/files.h
tests_mapping_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_mapping_LDADD = tests/libtest.la $(test_libs)
