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
		grep -q "$property" <<<"$("$READELF" --wide --notes "$member")" || {
			echo "$member does not say $property"
			bare=1
		}
	done
	((bare == 0))
}

functions_begin() {
	"$READELF" --wide --symbols "$static" |
		awk '$4 == "FUNC" && $5 == "GLOBAL" && $7 != "UND" { print $8 }' | sort -u >"$scratch/names"
	[[ -s $scratch/names ]]
	"$OBJDUMP" -d --no-show-raw-insn "$shared" | awk -v pad="$pad" '
		NR == FNR { wanted[$1] = 1; next }
		/>:$/ { name = $2; gsub(/[<>:]/, "", name); first = name in wanted; seen += first; next }
		first { first = 0; $1 = ""; if ($0 !~ "^ (" pad ")$") { print name " begins with" $0; bad = 1 } }
		END { exit bad || !seen }' "$scratch/names" -
}

# padded NAME COMMAND: the case, if this CPU's programs have landing pads.
padded() {
	if [[ -n $pad ]]; then
		ok "$@"
	else
		skip "$1" "no landing pads are in use on $HAUL_CPU"
	fi
}

property=$(cpu_says PROPERTY)
pad=$(cpu_says LANDING_PAD)
plan 2
padded "property: every object says that it has landing pads" objects_say
padded "pads: every function begins with one" functions_begin
