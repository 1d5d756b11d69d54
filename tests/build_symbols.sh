#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What libhaul.so shows to the world, and what it asks of it.
# shellcheck source=tests/house.sh
source "${srcdir:-.}/tests/house.sh"

# The three lists of public names must be one.
exported() {
	"${nm[@]}" -D --defined-only "$shared" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort
}
mapped() {
	sed -n '/global:/,/local:/s/^[[:space:]]*\(haul_[a-z0-9_]*\);.*/\1/p' "$srcdir/runtime/haul.map" | sort
}
declared() {
	cat "$srcdir"/include/haul/*.h | grep -v '^#' | tr '\n' ' ' | grep -o 'HAUL_API [^;]*;' |
		sed -E 's/^[^(]*(haul_[a-z0-9_]+)\(.*/\1/' | sort
}

exported_are_mapped() {
	[[ -n $(exported) ]]
	diff <(exported) <(mapped)
}

declared_are_mapped() {
	diff <(declared) <(mapped)
}

# A node for every symbol, named for a release that has been.
versioned() {
	! "${nm[@]}" -D --defined-only --with-symbol-versions "$shared" | grep -v '@@HAUL_[0-9.]*$' | grep -v ' A HAUL_'
}

# Probes' notes have one that is weak, and hidden: sys/sdt.h's.
static_names_are_ours() {
	! "${nm[@]}" -g --defined-only "$static" | awk 'NF == 3 { print $3 }' |
		grep -v -e '^haul_' -e '^_\.stapsdt\.base$'
}

no_text_relocation() {
	! "$READELF" -d "$shared" | grep -E 'TEXTREL'
}

table_has_no_relocation() {
	! "$READELF" -rW "$static" | sed -n "/'.rela\?haul_extable'/,/^\$/p" | grep -E 'R_[A-Z0-9_]*_(64|ABS64) '
}

stack_is_not_executable() {
	"$READELF" -lW "$shared" | grep 'GNU_STACK.* RW '
	! "$READELF" -lW "$shared" | grep 'GNU_STACK.*RWE'
}

relocations_are_read_only() {
	"$READELF" -lW "$shared" | grep GNU_RELRO
	"$READELF" -d "$shared" | grep -E 'FLAGS.* (BIND_)?NOW|BIND_NOW'
}

needs_only_libc() {
	! "$READELF" -d "$shared" | grep NEEDED | grep -vE '\[(libc\.so|ld-linux)'
}

# What the ring asks of others: nothing that allocates, maps, or enters the system.
ring_needs_only_barriers() {
	"${nm[@]}" -u "$static" | awk '/virtqueue\.o:$/ { on = 1; next } /^$/ { on = 0 } on { print $NF }' >"$scratch/ring"
	[[ -s $scratch/ring ]]
	! grep -vxE 'haul_barrier_(publish|consume|full)|haul_memset|mem(cpy|move|set)' "$scratch/ring"
}

plan 10
ok "exported_are_mapped: libhaul.so exports what runtime/haul.map lists" exported_are_mapped
ok "declared_are_mapped: the headers declare what runtime/haul.map lists" declared_are_mapped
ok "versioned: every exported symbol has a HAUL_ node" versioned
ok "namespace: libhaul.a defines no global name outside haul_" static_names_are_ours
ok "textrel: no text relocation" no_text_relocation
ok "extable: the exception table needs no absolute address" table_has_no_relocation
ok "stack: not executable" stack_is_not_executable
ok "relro: relocated data is read-only and bound at start" relocations_are_read_only
ok "needed: libc and nothing else" needs_only_libc
ok "ring: it calls barriers and haul_memset, and nothing else" ring_needs_only_barriers
