#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Every memory instruction of the copying routines has a table entry, and every
# entry points into one.  The lint must also find each mistake that was put
# into a doctored object, and nothing more.
# shellcheck source=tests/house.sh
source "${srcdir:-.}/tests/house.sh"

lint() {
	/usr/bin/python3 "$srcdir/tests/lint_extable.py" "$@"
}

lint_static() {
	"${cc[@]}" "${cflags[@]}" "$srcdir/tests/build/survive.c" -o "$scratch/survive" "$static"
	lint "$scratch/survive"
}

link_doctored() {
	"${cc[@]}" -shared -nostdlib -I"$srcdir/arch" -I"$srcdir/arch/$HAUL_CPU" \
		"$srcdir/tests/build/doctored-$HAUL_CPU.S" -o "$scratch/doctored.so"
	lint "$scratch/doctored.so" >"$scratch/report" && exit 1
	cat "$scratch/report"
}

# finds FUNCTION WORDS: exactly one complaint names the function, and says this.
finds() {
	local said
	said=$(grep -E "\\b$1 " "$scratch/report")
	echo "$said"
	[[ $(wc -l <<<"$said") -eq 1 && $said == *"$2"* ]]
}

finds_nothing_in() {
	grep -E "\\b$1 " "$scratch/report" && exit 1
	grep "haul_" "$scratch/report"
}

plan 13
ok "shared: libhaul.so" lint "$shared"
ok "static: a program with libhaul.a" lint_static
ok "doctored: an object with mistakes is refused" link_doctored
prefix=haul_arch_memcpy
ok "finds_unmarked: a load without an entry" finds ${prefix}_unmarked "lies in no entry"
ok "finds_unmarked_string: a string instruction without an entry" \
	finds ${prefix}_unmarked_string "lies in no entry"
ok "finds_begin: an entry that begins inside an instruction" \
	grep "begins inside an instruction" "$scratch/report"
ok "finds_end: an entry that ends inside an instruction" \
	finds ${prefix}_ends_inside "ends inside an instruction"
ok "finds_useless: an entry that covers no access" finds ${prefix}_useless "covers no access"
ok "finds_branch: a branch marked for another fixup than the access behind it" \
	finds ${prefix}_branch "covers no access"
ok "finds_overlap: an instruction in two entries" finds ${prefix}_twice "lies in two entries"
ok "finds_fixup: a fixup inside an instruction" \
	finds ${prefix}_resumes_inside "resumes inside an instruction"
ok "finds_abroad: a fixup outside haul" finds ${prefix}_resumes_abroad "resumes in foreign"
ok "finds_nothing: a right routine is left alone" finds_nothing_in ${prefix}_right
