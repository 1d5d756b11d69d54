#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# configure refuses what there is no port for, by name.
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

plan 2
ok "cpu: a CPU without a port is named" refuses sparc64-linux-gnu "haul has no port for the CPU sparc64"
ok "system: a system without platform code is named" \
	refuses x86_64-unknown-freebsd14 "haul has no platform code for the system freebsd14"
