#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Programs under the sanitizers survive faults and are found without fault:
# linked with the ordinary library, and with the library instrumented too.
# shellcheck source=tests/house.sh
source "${srcdir:-.}/tests/house.sh"

# What the sanitizers say is an error.
export ASAN_OPTIONS=detect_leaks=1 TSAN_OPTIONS=halt_on_error=1 UBSAN_OPTIONS=halt_on_error=1

library=("$srcdir"/runtime/*.c "$srcdir"/runtime/linux/*.c "$srcdir/arch/$HAUL_CPU"/*.[cS])
read -r -a private <<<"$LIBRARY_CPPFLAGS"

# sanitized FLAGS MORE...: the program so built survives.
sanitized() {
	local flags
	read -r -a flags <<<"$1"
	shift
	"${cc[@]}" "${cflags[@]}" "${flags[@]}" -fno-sanitize-recover=all \
		"$srcdir/tests/build/survive.c" -o "$scratch/survive" "$@"
	"$scratch/survive" 7
}

# Whether a program that does nothing can run so; `missing` says why not.
can_run() {
	local flags
	read -r -a flags <<<"$1"
	missing=$(echo 'int main(void) { return 0; }' |
		"${cc[@]}" "${flags[@]}" -x c - -o "$scratch/nothing" 2>&1 && "$scratch/nothing" 2>&1) || {
		missing="$CC $1: $(head -n 1 <<<"$missing")"
		return 1
	}
}

plan 6
for kind in address thread undefined; do
	if can_run "-fsanitize=$kind"; then
		ok "${kind}_program: with libhaul.a" sanitized "-fsanitize=$kind" "$static"
		ok "${kind}_library: with the library instrumented" \
			sanitized "-fsanitize=$kind" "${private[@]}" "${library[@]}"
	else
		skip "${kind}_program" "$missing"
		skip "${kind}_library" "$missing"
	fi
done
