#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Counts are exact under Valgrind, and memcheck finds nothing to say.  The page
# that faults is ordinary memory to memcheck (past the end of a file), so
# nothing needs to be suppressed.  Debug information is left out: Valgrind 3.19
# gives up on what clang writes.
# shellcheck source=tests/house.sh
source "${srcdir:-.}/tests/house.sh"

memcheck() {
	valgrind --quiet --error-exitcode=3 --leak-check=full --track-origins=yes "$@"
}

early() {
	HAUL_TUNABLES=$(tunables baselines) valgrind --quiet --error-exitcode=3 "$scratch/survive" 7
}

if is_cross; then
	missing="Valgrind runs programs of this machine's own CPU"
elif needs valgrind && missing=$(valgrind --quiet true 2>&1); then
	missing=''
	strip --strip-debug -o "$scratch/libhaul.so.0" "$shared"
	"${cc[@]}" "${cflags[@]}" -g0 "$srcdir/tests/build/survive.c" -o "$scratch/survive" \
		"$scratch/libhaul.so.0" "-Wl,-rpath,$scratch"
else
	missing=${missing:-valgrind does not run here}
fi

# under_valgrind NAME COMMAND...: the case, if Valgrind runs here.
under_valgrind() {
	if [[ -z $missing ]]; then
		ok "$@"
	else
		skip "$1" "$missing"
	fi
}

plan 3
under_valgrind "memcheck: every operation and variant, faults on either side" memcheck "$scratch/survive" 7
under_valgrind "none: the same without memcheck" valgrind --quiet --tool=none "$scratch/survive" 7
under_valgrind "memcheck_early: variants forced by HAUL_TUNABLES" early
