# SPDX-License-Identifier: MIT
# What tests/fuzz.sh fuzzes, over its corpus: the sources under fuzzing are compiled once more, with
# registers and a clock of the test's.
fuzz_sources = \
	tests/fuzz/blk.c \
	tests/fuzz/config.c \
	tests/fuzz/console.c \
	tests/fuzz/driver.c \
	tests/fuzz/driver.h \
	tests/fuzz/input.c \
	tests/fuzz/input.h \
	tests/fuzz/machine.c \
	tests/fuzz/machine.h \
	tests/fuzz/mmio.c \
	tests/fuzz/net.c \
	tests/fuzz/pci.c \
	tests/fuzz/ring.c \
	tests/fuzz/rng.c \
	tests/fuzz/targets.h \
	tests/mmio_model.c \
	tests/mmio_model.h \
	tests/pci_model.c \
	tests/pci_model.h \
	tests/virtio_pci_model.c \
	tests/virtio_pci_model.h \
	tests/virtio_registers.c \
	tests/virtio_registers.h
fuzzed_sources = \
	runtime/pci.c \
	runtime/virtio/blk.c \
	runtime/virtio/console.c \
	runtime/virtio/mmio.c \
	runtime/virtio/mock.c \
	runtime/virtio/net.c \
	runtime/virtio/pci.c \
	runtime/virtio/request.c \
	runtime/virtio/request.h \
	runtime/virtio/rng.c \
	runtime/virtio/virtio.c \
	runtime/virtio/virtqueue.c
fuzz_tests =
if HOSTED
test_programs += tests/virtio_fuzz
fuzz_tests += tests/fuzz.sh
endif
tests_virtio_fuzz_SOURCES = tests/fuzz/instead.h tests/fuzz/replay.c $(fuzz_sources) $(fuzzed_sources)
tests_virtio_fuzz_CPPFLAGS = $(AM_CPPFLAGS) -include $(top_srcdir)/tests/fuzz/instead.h
tests_virtio_fuzz_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_virtio_fuzz_LDADD = tests/libtest.la $(test_libs)
EXTRA_DIST += tests/fuzz/alone/criterion/criterion.h tests/fuzz/corpus tests/fuzz/fuzzer.c
