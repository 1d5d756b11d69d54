#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Probes (runtime/probe.h): each one's note has as many arguments as it says, the
# fast way of a hand-over has an instruction more, which does nothing, and where
# sys/sdt.h is not, there are none.
# shellcheck source=tests/house.sh
source "${srcdir:-.}/tests/house.sh"

read -r -a cppflags <<<"$LIBRARY_CPPFLAGS"

# has_probe NAME COUNT: every note of it has that many arguments.
has_probe() {
	awk -v name="$1" -v count="$2" '
		$1 == "Name:" { wanted = $2 == name }
		wanted && $1 == "Arguments:" { found = 1; wrong = wrong || NF - 1 != count }
		END { exit !found || wrong }' "$scratch/notes" || {
		echo "not so: $1 has $2 arguments"
		return 1
	}
}

# As runtime/probe.h lists them: a name, and words between commas.
every_probe_has_its_arguments() {
	readelf --notes "$shared" >"$scratch/notes" # GNU's: LLVM's does not know the arguments
	sed -n 's/^ \* \([a-z_]*\)   *\([a-z, ]*\)$/\1 \2/p' "$srcdir/runtime/probe.h" >"$scratch/listed"
	local name arguments
	while read -r name arguments; do
		IFS=, read -r -a arguments <<<"$arguments"
		has_probe "$name" "${#arguments[@]}"
	done <"$scratch/listed"
	[[ $(sort -u <(awk '$1 == "Name:" { print $2 }' "$scratch/notes")) == $(cut -d ' ' -f 1 "$scratch/listed" | sort) ]]
}

# hand_over FLAG...: its instructions' names, of a library so compiled.
hand_over() {
	local flags=() flag
	for flag in "${cppflags[@]}"; do
		[[ $flag == -DHAUL_PROBES ]] || flags+=("$flag")
	done
	"${cc[@]}" -std=gnu11 -O2 -fPIC "${flags[@]}" "$@" -c "$srcdir/runtime/dma/stream.c" -o "$scratch/stream.o"
	"$OBJDUMP" -d --no-show-raw-insn --disassemble-symbols=haul_dma_for_device "$scratch/stream.o" 2>/dev/null >"$scratch/code" ||
		"$OBJDUMP" -d --no-show-raw-insn --disassemble=haul_dma_for_device "$scratch/stream.o" >"$scratch/code"
	awk '$1 ~ /^[0-9a-f]+:$/ { print $2 }' "$scratch/code"
}

# What the compiler does else may be laid out otherwise, and clang loads what the
# probe shows, two fields of the stream; but no branch, no call and no push comes in.
hand_over_has_a_nop() {
	local kind
	hand_over >"$scratch/without"
	hand_over -DHAUL_PROBES >"$scratch/with"
	grep -x nop "$scratch/with"
	for kind in without with; do
		grep -v -E '^(nop|nopl|nopw|xchg|data16)$' "$scratch/$kind" >"$scratch/$kind-all"
		grep -E '^(j|b|cb|tb|call|push|stp)' "$scratch/$kind-all" | sort >"$scratch/$kind-jumps"
	done
	diff "$scratch/without-jumps" "$scratch/with-jumps"
	(($(wc -l <"$scratch/with-all") <= $(wc -l <"$scratch/without-all") + 2))
}

lacks_notes() {
	"$READELF" -S -W "$1" >"$scratch/sections"
	grep -q '\.text' "$scratch/sections"
	if grep stapsdt "$scratch/sections"; then return 1; fi
}

without_the_header_are_none() {
	hand_over >"$scratch/without"
	lacks_notes "$scratch/stream.o"
	[[ ! -e libhaul-bare.a ]] || lacks_notes libhaul-bare.a
}

# The arguments that this build has.
configuration=$(./config.status --config)
declare -a configured="($configuration)"

# configure_without FLAG: where sys/sdt.h is not.
configure_without() {
	mkdir -p "$scratch/configured"
	cd "$scratch/configured"
	"$srcdir/configure" -q "${configured[@]}" --srcdir="$srcdir" --disable-tools --disable-bench \
		ac_cv_header_sys_sdt_h=no "$1" >out 2>&1
}

configure_does_without() {
	configure_without --disable-shared
	grep -x 'PROBE_CPPFLAGS = *' Makefile
	configure_without --enable-probes && exit 1
	grep 'error: probes need sys/sdt.h' out
}

# if_probes NAME COMMAND...
if_probes() {
	if [[ " $LIBRARY_CPPFLAGS " != *" -DHAUL_PROBES "* ]]; then
		skip "$1" "no sys/sdt.h for this system"
	elif [[ $1 == arguments:* ]] && ! needs readelf; then
		skip "$1" "$missing"
	else
		ok "$@"
	fi
}

plan 4
if_probes "arguments: every probe has a note with its arguments" every_probe_has_its_arguments
if_probes "fast: a hand-over that takes nothing has a nop more" hand_over_has_a_nop
ok "none: none without sys/sdt.h, and none for kernels" without_the_header_are_none
ok "configure: it does without, unless probes are asked for" configure_does_without
