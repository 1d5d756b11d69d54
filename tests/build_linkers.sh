#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Programs linked in every usual way keep haul's tables and survive faults.
# shellcheck source=tests/house.sh
source "${srcdir:-.}/tests/house.sh"

# links_and_survives FLAG...: links tests/build/survive.c so, without a warning,
# and runs it.
links_and_survives() {
	"${cc[@]}" "${cflags[@]}" "$srcdir/tests/build/survive.c" -o "$scratch/survive" \
		-Wl,--fatal-warnings "$@"
	survive
}

# links_and_survives_by_lld FLAG...
links_and_survives_by_lld() {
	local flags
	read -r -a flags <<<"$lld"
	links_and_survives "${flags[@]}" "${collect[@]}" "$static" "$@"
}

# lld collects sections that only __start_ and __stop_ refer to, unless told
# otherwise; GNU ld does if told to.
# shellcheck disable=SC2054 # the comma is the linker's
collect=(-ffunction-sections -fdata-sections -Wl,--gc-sections)

# A gcc for another CPU does not look for lld where other programs are, and the
# default lld may be too old for that CPU.
lld=-fuse-ld=lld
mkdir "$scratch/lld"
for program in '' ld.lld $(compgen -c ld.lld- | sort -ruV); do
	if [[ -n $program ]] && needs "$program"; then
		ln -sf "$(command -v "$program")" "$scratch/lld/ld.lld"
		lld="-fuse-ld=lld -B$scratch/lld"
	fi
	# shellcheck disable=SC2086 # one word or two
	can_run $lld && break
done

plan 9
ok "shared: linked with libhaul.so" links_and_survives "$shared" "-Wl,-rpath,${shared%/*}"
ok "static_archive: linked with libhaul.a" links_and_survives "$static"
ok_if_runs -static "static: no dynamic linker" links_and_survives -static "$static"
ok_if_runs "-static-pie -fPIE" "static_pie: no dynamic linker, at any address" \
	links_and_survives -static-pie -fPIE "$static"
ok "no_pie: at a fixed address" links_and_survives -no-pie -fno-pie "$static"
ok_if_runs -fuse-ld=bfd "gc_sections: GNU ld" links_and_survives -fuse-ld=bfd "${collect[@]}" "$static"
ok_if_runs -fuse-ld=bfd "gc_sections_start_stop: GNU ld with -z start-stop-gc" \
	links_and_survives -fuse-ld=bfd "${collect[@]}" -Wl,-z,start-stop-gc "$static"
ok_if_runs "$lld" "gc_sections_lld: lld, which has start-stop-gc by default" \
	links_and_survives_by_lld
ok_if_runs "$lld -static" "gc_sections_lld_static: the same, static" links_and_survives_by_lld -static
