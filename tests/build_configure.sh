#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# configure refuses what there is no port for, by name, and builds the parts
# that are asked for.
# shellcheck source=tests/house.sh
source "${srcdir:-.}/tests/house.sh"

# refuses HOST WORD...: configure fails and its last words say so.
refuses() {
	local host=$1 words=$2
	mkdir "$scratch/$host"
	cd "$scratch/$host"
	"$srcdir/configure" --host="$host" >out 2>&1 && exit 1
	grep -F "error: $words" out
}

# The arguments that this build has.
configuration=$(./config.status --config)
declare -a configured="($configuration)"

# builds_only FLAG HAS LACKS: the library alone, of one kind.
builds_only() {
	mkdir "$scratch/only"
	cd "$scratch/only"
	"$srcdir/configure" -q "${configured[@]}" --srcdir="$srcdir" --disable-tools --disable-bench \
		--enable-werror "$1"
	"$MAKE" -s libhaul.la
	[[ -e .libs/$2 && ! -e .libs/$3 ]]
	cd ..
	rm -rf only
}

plan 4
ok "cpu: a CPU without a port is named" refuses sparc64-linux-gnu "haul has no port for the CPU sparc64"
ok "system: a system without platform code is named" \
	refuses x86_64-unknown-freebsd14 "haul has no platform code for the system freebsd14"
ok "static_only: --disable-shared" builds_only --disable-shared libhaul.a libhaul.so
ok "shared_only: --disable-static" builds_only --disable-static libhaul.so libhaul.a
