#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# haul loaded, used, unloaded and loaded again.
# shellcheck source=tests/house.sh
source "${srcdir:-.}/tests/house.sh"

"${cc[@]}" "${cflags[@]}" "$srcdir/tests/build/host.c" -o "$scratch/host" -ldl

"${cc[@]}" "${cflags[@]}" -fPIC -shared "$srcdir/tests/build/plugin.c" -o "$scratch/plugin.so" \
	"$static" -Wl,--exclude-libs,libhaul.a

with_both() {
	LD_PRELOAD=$shared run "$scratch/host" "$scratch/plugin.so" plugin_
}

says_nodelete() {
	"$READELF" -d "$shared" | grep NODELETE
}

plan 5
ok "dlopen_twice: libhaul.so, a fault each time, the handlers valid after dlclose" \
	run "$scratch/host" "$shared" haul_
ok "nodelete: libhaul.so says that it stays" says_nodelete
ok "plugin: libhaul.a inside a plug-in, the handlers valid after dlclose" \
	run "$scratch/host" "$scratch/plugin.so" plugin_
ok "plugin_uninstalls: the same, handlers taken back before dlclose" \
	run "$scratch/host" "$scratch/plugin.so" plugin_ uninstall
ok "two_copies: libhaul.so and a plug-in with libhaul.a in one process" with_both
