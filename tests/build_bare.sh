#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# libhaul-bare.a, for kernels and firmware: what it needs, what of it is
# installed, how large it is, what linkers keep of it.
# shellcheck source=tests/house.sh
source "${srcdir:-.}/tests/house.sh"

bare=$scratch/bare
root=$scratch/root
archive=$bare/libhaul-bare.a

# The arguments that this build has.
configuration=$(./config.status --config)
declare -a configured="($configuration)"

builds() {
	mkdir "$bare"
	cd "$bare"
	"$srcdir/configure" -q "${configured[@]}" --srcdir="$srcdir" --disable-shared --disable-tools \
		--disable-bench --enable-werror --enable-bare
	"$MAKE" -s libhaul-bare.a libhaul.la
}

# Names that the archive defines, and those that it wants and does not define.
defined() {
	"${nm[@]}" -g --defined-only "$archive" | awk 'NF == 3 { print $3 }' | sort -u
}
undefined() {
	comm -23 <("${nm[@]}" -g --undefined-only "$archive" | awk 'NF == 2 { print $2 }' | sort -u) <(defined)
}

# What haul/platform.h and haul/trap.h say, and the table's bounds, which the linker defines.
needs_only_documented() {
	[[ -s $archive ]]
	! undefined | grep -vxE '_GLOBAL_OFFSET_TABLE_|__(start|stop)_haul_extable|mem(cpy|move|set|cmp)' |
		grep -vxFf <(grep -o 'haul_platform_[a-z_]*' "$srcdir/include/haul/platform.h")
}

names_are_ours() {
	! defined | grep -v '^haul_'
}

# The compiler wrote down which headers it read.
reads_no_libc() {
	local own
	own=$("${cc[@]}" -print-file-name=include)
	sed -n 's/\.h:$/.h/p' "$bare"/{arch/*,runtime,runtime/*}/.deps/libhaul_bare_a-*.Po >"$scratch/read"
	grep -xF "$srcdir/include/haul/base.h" "$scratch/read"
	! grep -vF -e "$srcdir/" -e "$own/" "$scratch/read"
}

has() {
	local file
	for file in "$@"; do
		find "$root" -type f | grep -E "/$file\$"
	done
}

# Flags of the installed library, as a kernel's build would ask for them.
flags() {
	PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_PATH=$(dirname "$(find "$root" -name haul-bare.pc)") \
		pkg-config "$@" haul-bare
}

installs() {
	"$MAKE" -s -C "$bare" install DESTDIR="$root"
	has lib/libhaul-bare.a lib/haul/haul-bare.ld pkgconfig/haul-bare.pc include/haul.h \
		include/haul/trap.h include/haul/user.h include/haul/platform.h
}

version_agrees() {
	[[ $(flags --modversion) == $(sed -n 's/^#define HAUL_VERSION "\(.*\)"/\1/p' "$srcdir/include/haul/base.h") ]]
}

sizes() {
	"$READELF" -SW "$archive" | awk -f "$srcdir/tests/build/sizes.awk"
}

copy_core_is_small() {
	local size
	size=$(sizes | sed -n 's/^copy core //p')
	((size > 0 && size < 16384))
}

# links_kernel FLAG...: tests/build/kernel.c, compiled as the library was; the
# table is in it, to be loaded and not written to.
links_kernel() {
	local words bare_flags
	read -r -a words <<<"$(flags --cflags --libs)"
	read -r -a bare_flags <<<"$(sed -n -E 's/^BARE_C(PP)?FLAGS = //p' "$bare/Makefile" | tr '\n' ' ')"
	"${cc[@]}" -std=gnu11 -Wall -Wextra -Werror -O2 "${bare_flags[@]}" -nostdlib -static \
		"$srcdir/tests/build/kernel.c" -o "$scratch/kernel" -Wl,--fatal-warnings "$@" "${words[@]}"
	"${nm[@]}" "$scratch/kernel" | awk '
		/ __start_haul_extable$/ { start = $1 }
		/ __stop_haul_extable$/ { stop = $1 }
		END { exit !(start "" < stop "") }'
	"$READELF" -SW "$scratch/kernel" | grep -E ' haul_extable .* A[Ro]* '
}

# Of each width a copier for devices, a load and a store of user pages, and of values with C
# around them those of haul/atomic.h, cursors and regions.
lint_sees_all() {
	local said
	links_kernel -Wl,--whole-archive
	said=$(lint "$scratch/kernel")
	echo "$said"
	[[ $said == *" 4 copiers, 8 accessors, 24 values,"* ]]
}

plan 10
ok "build: configure --enable-bare" builds
ok "undefined: nothing but what haul/platform.h says" needs_only_documented
ok "namespace: no global name outside haul_" names_are_ours
ok "headers: none of a C library" reads_no_libc
ok "install: library, headers, linker script, pkg-config file" installs
ok "version: pkg-config and the header agree" version_agrees
ok "copy_core: memcpy and memmove with all variants are below 16 KiB" copy_core_is_small
sizes | sed 's/^/# /'
ok "gc_sections: with the linker script" \
	links_kernel -Wl,--gc-sections "-Wl,-T,$srcdir/tests/build/kernel.ld"
ok "no_script: where the linker puts it" links_kernel
ok "lint: every access of the whole archive is marked" lint_sees_all
