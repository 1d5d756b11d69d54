#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The tests that boards cannot run, each skipped by name with what it wants.
set -uo pipefail

excepted=(
	"tests/atomic_contention: threads"
	"tests/barrier_threads.c: threads"
	"tests/cache_refused.c: programs, which a CPU refuses what it lets kernels do"
	"tests/dma_check_contention: threads"
	"tests/fault_extable_process.c: processes, threads, code made at run time"
	"tests/fault_kinds.c: mappings of files, userfaultfd, memory failures"
	"tests/fault_races.c: threads, truncated files"
	"tests/dma_contention: threads"
	"tests/hal_arena_contention: threads"
	"tests/hal_hugetlb: huge pages"
	"tests/hal_memfd: memfds, processes"
	"tests/signal: signals"
	"tests/tune_environ: an environment"
	"tests/virtio_net_contention: threads"
	"tests/virtqueue_litmus: threads"
	"tests/virtqueue_litmus_broken: threads"
	"tests/standin.sh: processes"
	"tests/tool_copy.sh: the command haul, files"
	"tests/tool_info.sh: the command haul"
	"tests/tool_mounts.sh: the command haul, mounts"
	"tests/bench_insn.sh: QEMU's plugins for programs"
	"tests/build_*.sh: made in the port's tree for Linux"
	"tests/lint_*.sh: made in the port's tree for Linux"
)

echo "1..${#excepted[@]}"
for ((i = 0; i < ${#excepted[@]}; i++)); do
	echo "ok $((i + 1)) - ${excepted[i]%%:*} # SKIP no system: ${excepted[i]#*: }"
done
