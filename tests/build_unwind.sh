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

# stub PROGRAM ARGUMENT...: QEMU's stub for gdb has the program, at $REMOTE.
stub() {
	local tries
	rm -f "$REMOTE"
	run "${for_gdb[@]}" -g "$REMOTE" "$@" >/dev/null 2>&1 &
	for ((tries = 0; tries < 500; tries++)); do
		[[ -S $REMOTE ]] && return
		sleep 0.02
	done
}

# gdb_runs COMMAND...: whether gdb, so begun, sees a program that does nothing
# to its end, and has Python; else `missing` says why not.
gdb_runs() {
	local said
	said=$(timeout 60 "$gdb" -nx -batch "$@" -ex 'python print("python")' "$scratch/nothing" 2>&1) || true
	missing="$gdb cannot run programs here: $(grep -m 1 -i packet <<<"$said" || tail -n 1 <<<"$said")"
	[[ $said == *"exited normally"*python* ]] && missing=''
}

# Sets `missing` to why gdb cannot debug a program of the host's here, '' if it
# can: by itself, or through QEMU's stub.
gdb_works() {
	can_run || return
	if ! ((${#emulator[@]})); then
		needs "$gdb" && gdb_runs -ex run
	elif [[ ${EMULATOR%% *} != *qemu-* ]]; then
		missing="$EMULATOR has no stub for gdb"
	else
		needs "$gdb" && stub "$scratch/nothing" && gdb_runs -ex "target remote $REMOTE" -ex continue
	fi
}

# gdb_finds_its_way [KIND]: with tunables of that kind.
gdb_finds_its_way() {
	export HAUL_TUNABLES=''
	[[ -z ${1-} ]] || HAUL_TUNABLES=$(tunables "$1")
	if [[ -n $REMOTE ]]; then
		stub "$scratch/survive" 1 1 segv
	fi
	FIXUPS=$(cat "$scratch/fixups") ROUTINES=$(cat "$scratch/routines") \
		timeout 300 "$gdb" -nx -batch -x "$srcdir/tests/build/unwind.py" "$scratch/survive" >"$scratch/said" 2>&1 ||
		echo "gdb ended with status $?" >>"$scratch/said"
	cat "$scratch/said"
	grep '^unwound' "$scratch/said"
}

# debugged NAME COMMAND...: the case, if gdb works.
debugged() {
	if [[ -z $missing ]]; then
		ok "$@"
	else
		skip "$1" "$missing"
	fi
}

gdb=gdb
export REMOTE=''
if ((${#emulator[@]})); then
	gdb="gdb-multiarch"
	REMOTE=$scratch/stub
	read -r -a for_gdb <<<"$(cpu_says QEMU_FOR_GDB)"
fi

plan 4
ok "fde: every function has a frame description" every_function_has_fde
ok "table: the addresses of routines and fixups are known" link_for_gdb
gdb_works || true
debugged "gdb: from routines and fixups back to the program" gdb_finds_its_way
debugged "gdb_thresholds: the same with each threshold at 4 KiB" gdb_finds_its_way thresholds
