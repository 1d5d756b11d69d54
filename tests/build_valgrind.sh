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

plan 3
if needs valgrind && missing=$(valgrind --quiet true 2>&1); then
	strip --strip-debug -o "$scratch/libhaul.so.0" "$shared"
	"${cc[@]}" "${cflags[@]}" -g0 "$srcdir/tests/build/survive.c" -o "$scratch/survive" \
		"$scratch/libhaul.so.0" "-Wl,-rpath,$scratch"
	ok "memcheck: every operation and variant, faults on either side" memcheck "$scratch/survive" 7
	ok "none: the same without memcheck" valgrind --quiet --tool=none "$scratch/survive" 7
	ok "memcheck_early: variants forced by HAUL_TUNABLES" \
		env HAUL_TUNABLES=memcpy=sse2,memset=sse2 valgrind --quiet --error-exitcode=3 "$scratch/survive" 7
else
	for name in memcheck none memcheck_early; do
		skip "$name" "${missing:-valgrind does not run here}"
	done
fi
