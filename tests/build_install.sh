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

# readme_shows PROGRAM: a piece of C in the README is that very program.
# shellcheck disable=SC2016 # the backquotes are Markdown's
readme_shows() {
	local piece
	sed '/^\/\* SPDX/d' "$srcdir/examples/$1.c" >"$scratch/program"
	awk -v out="$scratch/piece" '/^```$/ { file = "" }
		file { print >file }
		/^```c$/ { file = out (++pieces) ".c" }' "$srcdir/README.md"
	for piece in "$scratch"/piece*.c; do
		cmp "$piece" "$scratch/program" && return
	done
	return 1
}

# says PROGRAM WORDS LIBRARY FLAG...: that is what the example says, built with
# LIBRARY for -lhaul.  An emulator may die of an example's SIGBUS at a vector
# access; the baselines have none.
says() {
	local program=$1 said=$2 library=$3 words
	shift 3
	read -r -a words <<<"$(flags --cflags --libs)"
	words=("${words[@]/#-lhaul/$library}")
	"${cc[@]}" -Wall -Wextra -Werror "$srcdir/examples/$program.c" -o "$scratch/example" "${words[@]}" "$@"
	if ((${#emulator[@]})); then
		HAUL_TUNABLES=$(tunables baselines)
		export HAUL_TUNABLES
	fi
	LD_LIBRARY_PATH=$(flags --variable=libdir) run "$scratch/example" >"$scratch/said"
	cat "$scratch/said"
	[[ $(cat "$scratch/said") == "$said" ]]
}

# examples_run LIBRARY FLAG...
examples_run() {
	says truncated "65536 of 200000 bytes" "$@"
	says dma "bounce: MOVED WITHOUT A BYTE LOST" "$@"
	says virtio "8 bytes: entropy!" "$@"
}

nothing_left() {
	make_quietly uninstall
	[[ -z $(files) ]] || {
		files
		exit 1
	}
}

plan 10
ok "install: into an empty DESTDIR" make_quietly install
ok "installed: library, headers, pkg-config file" \
	has 'libhaul\.so' 'libhaul\.so\.0' 'libhaul\.a' 'haul\.h' 'haul/mem\.h' 'pkgconfig/haul\.pc'
ok "headers: every public header is installed" headers_are_all
ok "version: pkg-config and the header agree" version_agrees
ok "readme: its example is examples/truncated.c" readme_shows truncated
ok "readme_dma: and examples/dma.c" readme_shows dma
ok "readme_virtio: and examples/virtio.c" readme_shows virtio
ok "example: compiles against the installed tree, and runs" examples_run -lhaul
# Where no static program runs, libhaul.a goes into a dynamic one.
if can_run -static; then
	static_flags=(-static)
else
	static_flags=()
fi
ok "example_static: the same with libhaul.a" examples_run -l:libhaul.a "${static_flags[@]}"
ok "uninstall: leaves nothing behind" nothing_left
