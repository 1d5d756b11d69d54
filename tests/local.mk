# SPDX-License-Identifier: MIT
# Criterion programs, read as TAP; and what the other fragments bring.  Where
# Criterion is not, the stand-in takes its place.
#
# make check       a stated sample: every size, all boundaries, seeded choices
# make check-long  the oracle's full products (tests/sweep.h): about four hours
#                  on two cores, reckoned from 160 000 cases a second on one;
#                  and fuzzing for longer (tests/fuzz.sh)
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
AM_LOG_DRIVER_FLAGS = --comments --ignore-exit
LOG_COMPILER = env HAUL_TUNE_SHOW=tests/tune_show EMULATOR='$(EMULATOR)' \
	bash $(top_srcdir)/tests/tap.sh
EXTRA_DIST += tests/tap.sh

test_programs =
oracle_programs = tests/mem_copy tests/mem_move tests/mem_set tests/mem_compare \
	tests/mem_strnlen tests/mem_vector

# (-iquote: the library has a cpu.h and a trap.h too.)
test_cflags = $(CRITERION_CFLAGS) -I$(top_srcdir)/tests -iquote $(top_srcdir)/tests/$(HAUL_CPU) \
	-iquote $(top_srcdir)/boards/$(HAUL_CPU)
if !CRITERION
test_cflags += -I$(top_srcdir)/tests/standin
endif
if HOSTED
test_libs = libhaul.la $(CRITERION_LIBS) -lpthread
else
test_libs = $(board_libs)
AM_LDFLAGS = $(board_ldflags)
AM_CPPFLAGS += -I$(top_srcdir)/tests/bare/include
endif

# What the programs share; what it needs of a system is in a folder for each.
linux_test_sources = tests/linux/arena.c tests/linux/system.c
bare_test_sources = tests/bare/arena.c tests/bare/bare.h tests/bare/cause.h tests/bare/fault_maps.c tests/bare/libc.c \
	tests/bare/standin.c tests/bare/system.c
check_LTLIBRARIES = tests/libtest.la
tests_libtest_la_SOURCES = tests/test.c tests/test.h tests/arena.c tests/arena.h \
	tests/list.c tests/list.h tests/pattern.c
if HOSTED
tests_libtest_la_SOURCES += $(linux_test_sources)
else
tests_libtest_la_SOURCES += $(bare_test_sources)
endif
if CPU_X86_64
tests_libtest_la_SOURCES += tests/x86_64/call.S
if !HOSTED
tests_libtest_la_SOURCES += tests/x86_64/setjmp.S tests/x86_64/trap.h
endif
endif
if CPU_AARCH64
tests_libtest_la_SOURCES += tests/aarch64/call.S
if !HOSTED
tests_libtest_la_SOURCES += tests/aarch64/setjmp.S tests/aarch64/trap.h
endif
endif
if CPU_RISCV64
tests_libtest_la_SOURCES += tests/riscv64/call.S
if !HOSTED
tests_libtest_la_SOURCES += tests/riscv64/setjmp.S tests/riscv64/trap.h
endif
endif
if CPU_LOONGARCH64
tests_libtest_la_SOURCES += tests/loongarch64/call.S
if !HOSTED
tests_libtest_la_SOURCES += tests/loongarch64/setjmp.S tests/loongarch64/trap.h
endif
endif
standin_sources = tests/standin/standin.c tests/standin/standin.h tests/standin/criterion/criterion.h
if !CRITERION
tests_libtest_la_SOURCES += $(standin_sources)
if HOSTED
tests_libtest_la_SOURCES += tests/linux/standin.c
endif
endif
tests_libtest_la_CFLAGS = $(AM_CFLAGS) $(test_cflags)

sweep_sources = tests/oracle.c tests/oracle.h tests/sweep.c tests/sweep.h
test_programs += tests/mem_copy tests/mem_move tests/mem_set
tests_mem_copy_SOURCES = tests/mem_copy.c $(sweep_sources)
tests_mem_copy_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_mem_copy_LDADD = tests/libtest.la $(test_libs)
tests_mem_move_SOURCES = tests/mem_move.c $(sweep_sources)
tests_mem_move_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_mem_move_LDADD = tests/libtest.la $(test_libs)
tests_mem_set_SOURCES = tests/mem_set.c $(sweep_sources)
tests_mem_set_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_mem_set_LDADD = tests/libtest.la $(test_libs)

test_programs += tests/mem_compare tests/mem_strnlen tests/mem_vector tests/mem_input
tests_mem_compare_SOURCES = tests/mem_compare.c
tests_mem_compare_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_mem_compare_LDADD = tests/libtest.la $(test_libs)
tests_mem_strnlen_SOURCES = tests/mem_strnlen.c
tests_mem_strnlen_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_mem_strnlen_LDADD = tests/libtest.la $(test_libs)
tests_mem_vector_SOURCES = tests/mem_vector.c tests/oracle.c tests/oracle.h
tests_mem_vector_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_mem_vector_LDADD = tests/libtest.la $(test_libs)
tests_mem_input_SOURCES = tests/mem_input.c tests/oracle.c tests/oracle.h
tests_mem_input_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_mem_input_LDADD = tests/libtest.la $(test_libs)

test_programs += tests/atomic_values
tests_atomic_values_SOURCES = tests/atomic_values.c
tests_atomic_values_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_atomic_values_LDADD = tests/libtest.la $(test_libs)
if HOSTED
test_programs += tests/atomic_contention
endif
tests_atomic_contention_SOURCES = tests/atomic_contention.c
tests_atomic_contention_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_atomic_contention_LDADD = tests/libtest.la $(test_libs)

test_programs += tests/base_strings tests/tune_settings
tests_base_strings_SOURCES = tests/base_strings.c
tests_base_strings_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_base_strings_LDADD = tests/libtest.la $(test_libs)
tests_tune_settings_SOURCES = tests/tune_settings.c
tests_tune_settings_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_tune_settings_LDADD = tests/libtest.la $(test_libs)

if HOSTED
test_programs += tests/tune_environ
# One file, so that it can be copied and made set-user-id.
check_PROGRAMS += tests/tune_show
TESTS += tests/standin.sh
endif
tests_tune_environ_SOURCES = tests/tune_environ.c
tests_tune_environ_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_tune_environ_LDADD = tests/libtest.la $(test_libs)
tests_tune_show_SOURCES = tests/tune_show.c
tests_tune_show_LDFLAGS = -static -no-install
tests_tune_show_LDADD = libhaul.la
dist_check_SCRIPTS += tests/standin.sh
EXTRA_DIST += tests/standin/sample.c \
	tests/bare/include/fnmatch.h tests/bare/include/inttypes.h tests/bare/include/limits.h tests/bare/include/setjmp.h \
	tests/bare/include/stdio.h tests/bare/include/stdlib.h tests/bare/include/string.h

include $(top_srcdir)/tests/fault.mk
include $(top_srcdir)/tests/io.mk
include $(top_srcdir)/tests/region.mk
include $(top_srcdir)/tests/cache.mk
include $(top_srcdir)/tests/hal.mk
include $(top_srcdir)/tests/dma.mk
include $(top_srcdir)/tests/dma_check.mk
include $(top_srcdir)/tests/dma_model.mk
include $(top_srcdir)/tests/virtqueue.mk
include $(top_srcdir)/tests/virtio_drivers.mk
include $(top_srcdir)/tests/virtio_mmio.mk
include $(top_srcdir)/tests/virtio_pci.mk
include $(top_srcdir)/tests/fuzz.mk
if HOSTED
include $(top_srcdir)/tests/guard.mk
include $(top_srcdir)/tests/mapping.mk
include $(top_srcdir)/tests/tool.mk
include $(top_srcdir)/tests/house.mk
else
include $(top_srcdir)/tests/dma_device.mk
include $(top_srcdir)/tests/virtio_device.mk
SH_LOG_DRIVER = $(LOG_DRIVER)
SH_LOG_COMPILER = env EMULATOR='$(EMULATOR)' bash
check_PROGRAMS += tests/end
TESTS += $(board_tests)
endif
tests_end_SOURCES = tests/bare/end.c
tests_end_LDADD = tests/libtest.la $(test_libs)
board_tests = tests/board_run.sh tests/board_except.sh tests/virtio_boards.sh
dist_check_SCRIPTS += $(board_tests)
EXTRA_DIST += tests/virtio_peer.py

check_PROGRAMS += $(test_programs)
TESTS += $(test_programs)

.PHONY: check-long
check-long:
	HAUL_TEST_LONG=1 $(MAKE) $(AM_MAKEFLAGS) -j2 check TESTS='$(oracle_programs) $(fuzz_tests)'
