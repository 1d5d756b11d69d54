# SPDX-License-Identifier: MIT
EXTRA_DIST += bench/insn.c bench/insn.h bench/insn.py bench/fleet-tabulate.py bench/report.py doc/benchmarks.md

if !HOSTED
noinst_PROGRAMS += bench/bare/insn
endif
bench_bare_insn_SOURCES = bench/bare/insn.c bench/insn.h
bench_bare_insn_LDADD = $(board_libs)

if BENCH
pkglibexec_PROGRAMS = bench/haul-bench
pkglibexec_SCRIPTS = bench/haul-bench-report

bench_haul_bench_SOURCES = \
	bench/bench.h \
	bench/cache.c \
	bench/contestant.c \
	bench/cursor.c \
	bench/demo.c \
	bench/device.c \
	bench/dma.c \
	bench/fault.c \
	bench/fleet.c \
	bench/fleet.h \
	bench/json.c \
	bench/machine.c \
	bench/main.c \
	bench/measure.c \
	bench/memory.c \
	bench/perf.c \
	bench/ring.c \
	bench/ring.h \
	bench/shim.cc \
	bench/shim.h \
	bench/stochastic.c \
	bench/sweep.c \
	bench/text.c \
	bench/virtqueue.c
if CPU_X86_64
bench_haul_bench_SOURCES += bench/x86_64.c
endif
if CPU_AARCH64
bench_haul_bench_SOURCES += bench/aarch64.c
endif
if CPU_RISCV64
bench_haul_bench_SOURCES += bench/riscv64.c
endif
if CPU_LOONGARCH64
bench_haul_bench_SOURCES += bench/loongarch64.c
endif
# The loops that call the contestants start on cache lines of their own.
bench_haul_bench_CFLAGS = $(AM_CFLAGS) -falign-functions=64 -falign-loops=64 \
	$(HWLOC_CFLAGS) $(JANSSON_CFLAGS)
bench_haul_bench_CXXFLAGS = $(AM_CXXFLAGS) $(BENCHMARK_CFLAGS)
bench_haul_bench_LDFLAGS =
bench_haul_bench_LDADD = libhaul.la $(BENCHMARK_LIBS) $(HWLOC_LIBS) $(JANSSON_LIBS) -lm

bench/haul-bench-report: bench/report.py
	$(AM_V_GEN)$(MKDIR_P) bench && rm -f $@ && cp $(top_srcdir)/bench/report.py $@ && chmod 755 $@
CLEANFILES += bench/haul-bench-report
endif
