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
	"$@" -print-file-name=include
}

# Which of the two $CC is; the other one is asked for by the name that it has
# for the same host.
mine=gcc
if [[ $("${cc[@]}" -dM -E -x c /dev/null) == *__clang__* ]]; then
	mine=clang
fi

plan 9
for gnu in gcc:g++ clang:clang++; do
	name=${gnu%:*} name_plus=${gnu#*:}
	if [[ $name == "$mine" ]]; then
		c=("${cc[@]}") c_plus=("${cxx[@]}")
	elif [[ $name == gcc ]]; then
		c=("${HOST_ALIAS:+$HOST_ALIAS-}gcc") c_plus=("${HOST_ALIAS:+$HOST_ALIAS-}g++")
	else
		c=(clang ${HOST_ALIAS:+"--target=$HOST_ALIAS"}) c_plus=(clang++ ${HOST_ALIAS:+"--target=$HOST_ALIAS"})
	fi
	if needs "${c[0]}" "${c_plus[0]}"; then
		if [[ $name == gcc ]]; then
			alone=(-ffreestanding -nostdinc -isystem "$(own "${c[@]}")")
		else
			alone=(-ffreestanding -nostdlibinc)
		fi
		ok "c11: $name" each_compiles "${c[@]}" -std=c11 -x c
		ok "cxx17: $name_plus" each_compiles "${c_plus[@]}" -std=c++17 -x c++
		ok "c11_freestanding: $name" each_compiles "${c[@]}" -std=c11 -x c "${alone[@]}"
		ok "cxx17_freestanding: $name_plus" \
			each_compiles "${c_plus[@]}" -std=c++17 -x c++ -nostdinc++ "${alone[@]}"
	else
		for name in "c11: $name" "cxx17: $name_plus" "c11_freestanding: $name" "cxx17_freestanding: $name_plus"; do
			skip "$name" "$missing"
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
