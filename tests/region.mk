# SPDX-License-Identifier: MIT
# Regions of device memory, and their registry.
test_programs += tests/region tests/registry
tests_region_SOURCES = tests/region.c
tests_region_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_region_LDADD = tests/libtest.la $(test_libs)
tests_registry_SOURCES = tests/registry.c
tests_registry_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_registry_LDADD = tests/libtest.la $(test_libs)

if HOSTED
test_programs += tests/registry_contention
else
test_programs += tests/device
endif
tests_registry_contention_SOURCES = tests/registry_contention.c
tests_registry_contention_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_registry_contention_LDADD = tests/libtest.la $(test_libs)

# Real devices, as QEMU has them, are the boards'.
tests_device_SOURCES = tests/bare/acquire.c tests/bare/acquire.h
tests_device_CFLAGS = $(AM_CFLAGS) $(test_cflags)
tests_device_LDADD = tests/libtest.la $(test_libs)
if CPU_X86_64
tests_device_SOURCES += tests/x86_64/device.c
endif
if CPU_AARCH64
tests_device_SOURCES += tests/aarch64/device.c tests/bare/device_fw_cfg.c
endif
if CPU_RISCV64
tests_device_SOURCES += tests/bare/device_16550.c tests/bare/device_fw_cfg.c
endif
if CPU_LOONGARCH64
tests_device_SOURCES += tests/bare/device_16550.c tests/bare/device_fw_cfg.c
endif
