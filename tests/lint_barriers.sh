#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Barriers are the instructions that they must be, and operations on cache lines end with a
# fence.  A ring's full fence is there.  In a doctored object the lint finds both mistakes.
# shellcheck source=tests/house.sh
source "${srcdir:-.}/tests/house.sh"

lint_barriers() {
	/usr/bin/python3 "$srcdir/tests/lint_barriers.py" "$1"
}

link_doctored() {
	"${cc[@]}" -shared -nostdlib -I"$srcdir/arch" -I"$srcdir/arch/$HAUL_CPU" \
		"$srcdir/tests/$HAUL_CPU/doctored.S" -o "$scratch/doctored.so"
	lint_barriers "$scratch/doctored.so" >"$scratch/report" && exit 1
	cat "$scratch/report"
}

# Between what is published and the kick decision.
publish_has_fence() {
	"$OBJDUMP" -d --no-show-raw-insn "$shared" | sed -n '/<haul_virtqueue_publish>:$/,/^$/p' |
		tr -s '[:space:]' ' ' | grep -F "$(cpu_says FENCE)"
}

plan 5
ok "shared: libhaul.so" lint_barriers "$shared"
ok "doctored: an object with mistakes is refused" link_doctored
ok "finds_no_barrier: one that is missing" grep "haul_barrier_full is .*no such function" "$scratch/report"
ok "finds_no_fence: a line is cleaned, and nothing waited for" \
	grep "haul_arch_cache_clean_unmarked returns without" "$scratch/report"
ok "publish: the full fence stands in haul_virtqueue_publish" publish_has_fence
