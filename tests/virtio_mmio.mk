# SPDX-License-Identifier: MIT
# Virtio devices behind MMIO registers, on a model of those.
mmio_sources = tests/mmio_device.c tests/mmio_device.h tests/mmio_model.c tests/mmio_model.h \
	tests/mmio_seen.c tests/test_hal.c tests/test_hal.h tests/virtio_registers.c \
	tests/virtio_registers.h
test_programs += tests/clock
tests_clock_SOURCES = tests/clock.c
tests_clock_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_clock_LDADD = tests/libtest.la $(test_libs)
test_programs += tests/virtio_mmio tests/virtio_state tests/virtio_mmio_hostile
tests_virtio_mmio_SOURCES = tests/virtio_mmio.c $(mmio_sources)
tests_virtio_mmio_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_virtio_mmio_LDADD = tests/libtest.la $(test_libs)
tests_virtio_state_SOURCES = tests/virtio_state.c $(mmio_sources)
tests_virtio_state_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_virtio_state_LDADD = tests/libtest.la $(test_libs)
tests_virtio_mmio_hostile_SOURCES = tests/virtio_mmio_hostile.c $(mmio_sources)
tests_virtio_mmio_hostile_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_virtio_mmio_hostile_LDADD = tests/libtest.la $(test_libs)

# The deviations of haul's model, and registers that fault.
test_programs += tests/virtio_deviations tests/virtio_faults
tests_virtio_deviations_SOURCES = tests/virtio_deviations.c tests/mmio_ordered.c tests/mmio_ordered.h \
	$(ring_sources) $(mmio_sources)
tests_virtio_deviations_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_virtio_deviations_LDADD = tests/libtest.la $(test_libs)
tests_virtio_faults_SOURCES = tests/virtio_faults.c
tests_virtio_faults_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_virtio_faults_LDADD = tests/libtest.la $(test_libs)
