# SPDX-License-Identifier: MIT
# Device memory and cursors.
test_programs += tests/io_copies tests/cursor
tests_io_copies_SOURCES = tests/io_copies.c tests/io_counted.c tests/oracle.c tests/oracle.h
tests_io_copies_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_io_copies_LDADD = tests/libtest.la $(test_libs)
tests_cursor_SOURCES = tests/cursor.c tests/oracle.c tests/oracle.h
tests_cursor_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_cursor_LDADD = tests/libtest.la $(test_libs)
