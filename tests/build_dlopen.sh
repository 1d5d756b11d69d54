#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# haul loaded, used, unloaded and loaded again.
# shellcheck source=tests/house.sh
source "${srcdir:-.}/tests/house.sh"

"${cc[@]}" "${cflags[@]}" "$srcdir/tests/build/host.c" -o "$scratch/host" -ldl

"${cc[@]}" "${cflags[@]}" -fPIC -shared "$srcdir/tests/build/plugin.c" -o "$scratch/plugin.so" \
	"$static" -Wl,--exclude-libs,libhaul.a

says_nodelete() {
	readelf -d "$shared" | grep 'Flags:.*NODELETE'
}

plan 5
ok "dlopen_twice: libhaul.so, a fault each time, the handlers valid after dlclose" \
	"$scratch/host" "$shared" haul_
ok "nodelete: libhaul.so says that it stays" says_nodelete
ok "plugin: libhaul.a inside a plug-in, the handlers valid after dlclose" \
	"$scratch/host" "$scratch/plugin.so" plugin_
ok "plugin_uninstalls: the same, handlers taken back before dlclose" \
	"$scratch/host" "$scratch/plugin.so" plugin_ uninstall
ok "two_copies: libhaul.so and a plug-in with libhaul.a in one process" \
	env LD_PRELOAD="$shared" "$scratch/host" "$scratch/plugin.so" plugin_
