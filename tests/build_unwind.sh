#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Debuggers and profilers can unwind from any instruction: each function has a
# frame description over its whole length, and gdb finds its way back to the
# program from inside the routines and from inside the fixups.
# shellcheck source=tests/house.sh
source "${srcdir:-.}/tests/house.sh"

# Functions without a description that spans them.
every_function_has_fde() {
	# GNU's: LLVM's readelf cannot.
	readelf --wide --debug-dump=frames "$shared" | grep -oE 'pc=[0-9a-f]+\.\.[0-9a-f]+' |
		sed 's/pc=//; s/\.\./ /' | sort -u >"$scratch/described"
	"$READELF" --wide --symbols "$shared" |
		awk '$4 == "FUNC" && $7 != "UND" && $8 ~ /^haul_/ { print $2, $3, $8 }' | sort -u |
		while read -r start size name; do
			printf '%016x %016x %s\n' $((16#$start)) $((16#$start + size)) "$name"
		done >"$scratch/functions"
	[[ -s $scratch/functions ]]
	awk 'NR == FNR { described[$1 " " $2] = 1; next }
		!(($1 " " $2) in described) { print "no frame description: " $3; bare = 1 }
		END { exit bare }' "$scratch/described" "$scratch/functions"
}

link_for_gdb() {
	"${cc[@]}" "${cflags[@]}" -no-pie -fno-pie "$srcdir/tests/build/survive.c" -o "$scratch/survive" "$static"
	lint --fixups "$scratch/survive" >"$scratch/fixups"
	"${nm[@]}" --defined-only "$scratch/survive" |
		awk '$3 ~ /^haul_(mem(cpy|move|set)$|arch_(mem|strnlen|load|store|swap|cmpxchg|fetch_))/ && $2 ~ /[tT]/ {
			print "0x" $1 }' >"$scratch/routines"
	[[ -s $scratch/fixups && -s $scratch/routines ]]
}

# gdb_finds_its_way [TUNABLES]
gdb_finds_its_way() {
	export HAUL_TUNABLES=${1-}
	FIXUPS=$(cat "$scratch/fixups") ROUTINES=$(cat "$scratch/routines") \
		timeout 300 gdb -nx -batch -x "$srcdir/tests/build/unwind.py" "$scratch/survive" >"$scratch/said" 2>&1 ||
		echo "gdb ended with status $?" >>"$scratch/said"
	cat "$scratch/said"
	grep '^unwound' "$scratch/said"
}

plan 4
ok "fde: every function has a frame description" every_function_has_fde
ok "table: the addresses of routines and fixups are known" link_for_gdb
if needs gdb && missing=$(gdb -nx -batch -ex run -ex 'python print("python")' "$(command -v true)" 2>&1) &&
	[[ $missing == *"exited normally"*python* ]]; then
	ok "gdb: from routines and fixups back to the program" gdb_finds_its_way
	ok "gdb_streams: the same with non-temporal stores from 4 KiB" \
		gdb_finds_its_way nt_threshold=4k,memset_nt_threshold=4k
else
	skip "gdb" "gdb cannot run programs here: $(head -n 1 <<<"$missing")"
	skip "gdb_streams" "gdb cannot run programs here"
fi
