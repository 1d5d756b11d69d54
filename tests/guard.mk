# SPDX-License-Identifier: MIT
# Guarded mappings.
test_programs += tests/guard
tests_guard_SOURCES = $(signal_child) tests/guard.c
tests_guard_CFLAGS = $(fault_cflags)
tests_guard_LDADD = tests/libtest.la $(test_libs)
