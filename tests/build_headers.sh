#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Each public header compiles alone, as C11, as C++17, and freestanding (with
# nothing but the compiler's own headers), by gcc and by clang.
# shellcheck source=tests/house.sh
source "${srcdir:-.}/tests/house.sh"

cd "$srcdir/include"
headers=(haul.h haul/*.h)

# each_compiles COMPILER FLAG...
each_compiles() {
	local header
	for header in "${headers[@]}"; do
		echo "#include <$header>" | "$@" -fsyntax-only -pedantic -Wall -Wextra -Werror -I . -
	done
}

# The folder of a gcc's own headers.
own() {
	"$1" -print-file-name=include
}

plan 9
for gnu in gcc:g++ clang:clang++; do
	c=${gnu%:*} c_plus=${gnu#*:}
	if [[ $c == gcc ]]; then
		alone=(-ffreestanding -nostdinc -isystem "$(own gcc)")
	else
		alone=(-ffreestanding -nostdlibinc)
	fi
	if needs "$c" "$c_plus"; then
		ok "c11: $c" each_compiles "$c" -std=c11 -x c
		ok "cxx17: $c_plus" each_compiles "$c_plus" -std=c++17 -x c++
		ok "c11_freestanding: $c" each_compiles "$c" -std=c11 -x c "${alone[@]}"
		ok "cxx17_freestanding: $c_plus" each_compiles "$c_plus" -std=c++17 -x c++ -nostdinc++ "${alone[@]}"
	else
		for kind in c11 cxx17 c11_freestanding cxx17_freestanding; do
			skip "$kind: $c" "$missing"
		done
	fi
done

# haul.h forgets none.
all_in_haul_h() {
	local header
	for header in haul/*.h; do
		grep -F "#include <$header>" haul.h
	done
}
ok "haul_h_has_all: haul.h includes every header" all_in_haul_h
