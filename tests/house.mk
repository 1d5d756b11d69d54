# SPDX-License-Identifier: MIT
# Tests of the house: how programs are built with haul, what is installed, what
# the objects say.  Shell scripts that speak TAP; tests/house.sh has the rest.
SH_LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
SH_LOG_COMPILER = env CC='$(CC)' CXX='$(CXX)' MAKE='$(MAKE)' HAUL_CPU='$(HAUL_CPU)' \
	LIBRARY_CPPFLAGS='$(AM_CPPFLAGS)' LIBRARY_SOURCES='$(core_sources) $(linux_sources)' \
	NM='$(NM)' OBJDUMP='$(OBJDUMP)' READELF='$(READELF)' BUILD='$(build)' \
	HOST='$(host)' HOST_ALIAS='$(host_alias)' EMULATOR='$(EMULATOR)' bash

house_tests = \
	tests/bench_insn.sh \
	tests/build_bare.sh \
	tests/build_configure.sh \
	tests/build_dist.sh \
	tests/build_dlopen.sh \
	tests/build_headers.sh \
	tests/build_install.sh \
	tests/build_linkers.sh \
	tests/build_probes.sh \
	tests/build_sanitizers.sh \
	tests/build_symbols.sh \
	tests/build_unwind.sh \
	tests/build_valgrind.sh \
	tests/fuzz.sh \
	tests/lint_barriers.sh \
	tests/lint_extable.sh \
	tests/lint_landing.sh \
	tests/lint_virtio.sh

TESTS += $(house_tests)
dist_check_SCRIPTS += $(house_tests)
EXTRA_DIST += \
	tests/house.sh \
	tests/build/asm_doctored.h \
	tests/build/host.c \
	tests/build/kernel.c \
	tests/build/kernel.ld \
	tests/build/plugin.c \
	tests/build/sizes.awk \
	tests/build/survive.c \
	tests/build/tunables.c \
	tests/build/unwind.py \
	tests/lint_barriers.py \
	tests/lint_extable.py \
	tests/lint_virtio.py \
	tests/aarch64/doctored.S \
	tests/aarch64/lint.py \
	tests/loongarch64/doctored.S \
	tests/loongarch64/lint.py \
	tests/riscv64/doctored.S \
	tests/riscv64/lint.py \
	tests/x86_64/doctored.S \
	tests/x86_64/lint.py
