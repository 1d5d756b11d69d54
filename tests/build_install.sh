#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The installed tree is whole, pkg-config leads to it, and uninstall leaves
# nothing behind.
# shellcheck source=tests/house.sh
source "${srcdir:-.}/tests/house.sh"

root=$scratch/root
make_quietly() {
	"$MAKE" -s "$@" DESTDIR="$root"
}

files() {
	find "$root" ! -type d -printf '%P\n' | sort
}

# Flags of the installed library, as a program's build would ask for them.
flags() {
	PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_PATH=$(dirname "$(find "$root" -name haul.pc)") \
		pkg-config "$@" haul
}

has() {
	local file
	for file in "$@"; do
		files | grep -E "(^|/)$file\$"
	done
}

headers_are_all() {
	diff <(cd "$srcdir/include" && find . -name '*.h' | sort) \
		<(cd "$(dirname "$(find "$root" -name haul.h)")" && find . -name '*.h' | sort)
}

version_agrees() {
	[[ $(flags --modversion) == $(sed -n 's/^#define HAUL_VERSION "\(.*\)"/\1/p' "$srcdir/include/haul/base.h") ]]
}

# The README shows this very program, first.
# shellcheck disable=SC2016 # the backquotes are Markdown's
readme_shows_example() {
	diff <(sed '/^```c$/,/^```$/!d; /^```$/q' "$srcdir/README.md" | grep -v '^```') \
		<(sed '/^\/\* SPDX/d' "$srcdir/examples/truncated.c")
}

# example_runs LIBRARY FLAG...: built with LIBRARY for -lhaul.  An emulator may
# die of the example's SIGBUS at a vector access; the baselines have none.
example_runs() {
	local words
	read -r -a words <<<"$(flags --cflags --libs)"
	words=("${words[@]/#-lhaul/$1}")
	shift
	"${cc[@]}" -Wall -Wextra -Werror "$srcdir/examples/truncated.c" -o "$scratch/example" "${words[@]}" "$@"
	if ((${#emulator[@]})); then
		HAUL_TUNABLES=$(tunables baselines)
		export HAUL_TUNABLES
	fi
	LD_LIBRARY_PATH=$(flags --variable=libdir) run "$scratch/example" >"$scratch/said"
	cat "$scratch/said"
	[[ $(cat "$scratch/said") == "65536 of 200000 bytes" ]]
}

nothing_left() {
	make_quietly uninstall
	[[ -z $(files) ]] || {
		files
		exit 1
	}
}

plan 8
ok "install: into an empty DESTDIR" make_quietly install
ok "installed: library, headers, pkg-config file" \
	has 'libhaul\.so' 'libhaul\.so\.0' 'libhaul\.a' 'haul\.h' 'haul/mem\.h' 'pkgconfig/haul\.pc'
ok "headers: every public header is installed" headers_are_all
ok "version: pkg-config and the header agree" version_agrees
ok "readme: its example is examples/truncated.c" readme_shows_example
ok "example: compiles against the installed tree, and runs" example_runs -lhaul
# Where no static program runs, libhaul.a goes into a dynamic one.
if can_run -static; then
	static_flags=(-static)
else
	static_flags=()
fi
ok "example_static: the same with libhaul.a" example_runs -l:libhaul.a "${static_flags[@]}"
ok "uninstall: leaves nothing behind" nothing_left
