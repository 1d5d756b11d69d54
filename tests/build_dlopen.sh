#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# haul loaded, used, unloaded and loaded again.
# shellcheck source=tests/house.sh
source "${srcdir:-.}/tests/house.sh"

"${cc[@]}" "${cflags[@]}" "$srcdir/tests/build/host.c" -o "$scratch/host" -ldl

plugin() {
	"${cc[@]}" "${cflags[@]}" -fPIC -shared "$srcdir/tests/build/plugin.c" -o "$scratch/plugin.so" \
		"$static" "$@"
}

pinned_plugin_in_host() {
	plugin -Wl,-z,nodelete
	"$scratch/host" "$scratch/plugin.so"
}

plugin_in_host() {
	plugin
	"$scratch/host" "$scratch/plugin.so" uninstall
}

# Two copies of haul, each with a table and handlers of its own.
plugin_beside_shared() {
	plugin -Wl,-z,nodelete
	LD_PRELOAD=$shared "$scratch/host" "$scratch/plugin.so"
}

says_nodelete() {
	readelf -d "$shared" | grep 'Flags:.*NODELETE'
}

plan 5
ok "dlopen_twice: libhaul.so, a fault each time, the handler valid after dlclose" \
	"$scratch/host" "$shared"
ok "nodelete: libhaul.so says that it stays" says_nodelete
ok "plugin: libhaul.a inside a plug-in that uninstalls before it is unloaded" plugin_in_host
ok "pinned_plugin: libhaul.a inside a plug-in that stays (-z nodelete)" pinned_plugin_in_host
ok "two_copies: libhaul.so and a plug-in with libhaul.a in one process" plugin_beside_shared
