#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Every memory instruction of the copying routines has a table entry, and every
# entry points into one; accessors of single words are one plain access.  The
# lint must also find each mistake that was put into a doctored object, and
# nothing more.
# shellcheck source=tests/house.sh
source "${srcdir:-.}/tests/house.sh"

lint_static() {
	"${cc[@]}" "${cflags[@]}" "$srcdir/tests/build/survive.c" -o "$scratch/survive" "$static"
	lint "$scratch/survive"
}

link_doctored() {
	"${cc[@]}" -shared -nostdlib -I"$srcdir/arch" -I"$srcdir/arch/$HAUL_CPU" \
		"$srcdir/tests/$HAUL_CPU/doctored.S" -o "$scratch/doctored.so"
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

# Of each width a copier for devices, and of values with C around them those of
# haul/atomic.h, cursors and regions.
lint_sees_accessors() {
	local said
	said=$(lint "$shared")
	echo "$said"
	[[ $said == *" 4 copiers, 0 accessors, 24 values,"* ]]
}

plan 36
ok "shared: libhaul.so" lint "$shared"
ok "static: a program with libhaul.a" lint_static
ok "doctored: an object with mistakes is refused" link_doctored
prefix=haul_arch_memcpy
ok "finds_unmarked: a load without an entry" finds ${prefix}_unmarked "lies in no entry"
ok "finds_unmarked_string: an instruction that goes on by itself, without an entry" \
	finds ${prefix}_unmarked_string "lies in no entry"
ok "finds_unmarked_line: a store of a whole line, without an entry" \
	finds haul_arch_memset_unmarked_line "lies in no entry"
ok "finds_unmarked_clean: an operation on a cache line, without an entry" \
	finds haul_arch_cache_clean_unmarked "lies in no entry"
ok "finds_unmarked_vector: a vector access without an entry" \
	finds ${prefix}_unmarked_vector "lies in no entry"
ok "finds_unmarked_atomic: an atomic access without an entry" \
	finds haul_arch_swap_unmarked_atomic "lies in no entry"
ok "finds_unmarked_base: an access by a register that held the library's own address" \
	finds ${prefix}_unmarked_base "lies in no entry"
ok "finds_unknown: an instruction that objdump does not know" \
	finds ${prefix}_unknown "is not known to objdump"
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
ok "finds_nothing: right routines are left alone" finds_nothing_in "haul_\w+_right"
ok "accessor_twice: two accesses" finds haul_arch_load_user_u32_twice "makes 2 accesses, not one"
ok "accessor_absent: no access" finds haul_arch_load_user_u32_absent "makes 0 accesses, not one"
ok "accessor_wide: of more bytes" finds haul_arch_load_user_u16_wide "no plain load of 16 bits"
ok "accessor_narrow: of fewer bytes" finds haul_arch_store_user_u32_narrow "no plain store of 32 bits"
ok "accessor_backward: a load that should be a store" \
	finds haul_arch_store_user_u32_backward "no plain store of 32 bits"
ok "accessor_post_indexed: the address written back after a load, or as bad" \
	finds haul_arch_load_user_u32_post_indexed "no plain load of 32 bits"
ok "accessor_pre_indexed: the address written back with a store, or as bad" \
	finds haul_arch_store_user_u32_pre_indexed "no plain store of 32 bits"
ok "accessor_pair: two registers at once" finds haul_arch_load_user_u64_pair "no plain load of 64 bits"
ok "accessor_vector: a register that is not general" \
	finds haul_arch_load_user_u32_vector "no plain load of 32 bits"
ok "accessor_exclusive: half of an atomic operation, or a whole one" \
	finds haul_arch_load_user_u32_exclusive "no plain load of 32 bits"
ok "copier_wide: a store of more bytes than the load" \
	finds haul_arch_io_copy_u32_wide "not a plain load and a plain store of 4 bytes"
ok "copier_first: the store before the load" \
	finds haul_arch_io_copy_u32_first "not a plain load and a plain store of 4 bytes"
ok "value_unmarked: one in C whose access is not marked" \
	finds haul_load_u32_unmarked "makes 0 accesses, not one"
ok "value_result: one whose result's store is marked too" \
	finds haul_region_read_u32_result "makes 2 accesses, not one"
ok "value_wide: one of more bytes" finds haul_reader_once_u16_wide "no plain load of 16 bits"
ok "value_backward: one that loads and should store" \
	finds haul_writer_once_u64_backward "no plain store of 64 bits"
ok "accessors_seen: libhaul.so has them" lint_sees_accessors
