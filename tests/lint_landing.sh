#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Control-flow enforcement: every object says that it can run under it, and
# every function that a pointer or a slot can lead to begins with a landing pad.
#
# The property is checked in our objects, not in libhaul.so: the linker keeps
# it there only if libc's start-up objects have it, and not every system's do.
# shellcheck source=tests/house.sh
source "${srcdir:-.}/tests/house.sh"

objects_say() {
	local member bare=0
	mkdir -p "$scratch/members"
	cd "$scratch/members"
	ar x "$static"
	for member in *.o; do
		readelf --wide --notes "$member" | grep -q 'x86 feature:.*IBT, SHSTK' || {
			echo "$member does not say IBT, SHSTK"
			bare=1
		}
	done
	((bare == 0))
}

functions_begin() {
	local word=$1
	nm -g --defined-only "$static" | awk '$2 == "T" { print $3 }' | sort -u >"$scratch/names"
	[[ -s $scratch/names ]]
	objdump -d --no-show-raw-insn "$shared" | awk -v word="$word" '
		NR == FNR { wanted[$1] = 1; next }
		/>:$/ { name = $2; gsub(/[<>:]/, "", name); first = name in wanted; seen += first; next }
		first { first = 0; if ($2 != word) { print name " begins with " $2; bad = 1 } }
		END { exit bad || !seen }' "$scratch/names" -
}

plan 2
ok "property: every object says IBT and SHSTK" objects_say
ok "pads: every function begins with endbr64" functions_begin endbr64
