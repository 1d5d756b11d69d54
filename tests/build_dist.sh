#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The tarball holds every source, and git holds nothing but sources.
# shellcheck source=tests/house.sh
source "${srcdir:-.}/tests/house.sh"

tracked() {
	git -C "$srcdir" ls-files
}

tarball_has_all() {
	"$MAKE" -s distdir distdir="tests/${scratch##*/}/dist"
	cd "$scratch/dist"
	diff <(tracked | sort) <(find . -type f -printf '%P\n' | sort | comm -12 - <(tracked | sort))
}

no_product_in_git() {
	! tracked | grep -E '\.(o|lo|la|a|so|log|trs|tar\.[gx]z|elf|pc)$|(^|/)(configure|Makefile|Makefile\.in|config\.(h|h\.in|status)|aclocal\.m4)$|^(build|build-aux|m4|autom4te\.cache)/'
}

# Every file says its licence, but for those that cannot hold a comment or are the licence.
licence_heads() {
	local file bare=0
	while read -r file; do
		case $file in LICENSE | NEWS | *.md | .gitignore | .clang-format) continue ;; esac
		head -n 3 "$srcdir/$file" | grep -q 'SPDX-License-Identifier: MIT' || {
			echo "no licence head: $file"
			bare=1
		}
	done < <(tracked)
	((bare == 0))
}

plan 3
if [[ -e $srcdir/.git ]] && tracked >/dev/null 2>&1; then
	ok "dist: the tarball holds every tracked source" tarball_has_all
	ok "clean: no build product is tracked" no_product_in_git
	ok "licence: every tracked source names its licence" licence_heads
else
	for name in dist clean licence; do
		skip "$name" "the sources are not a git tree that git will read"
	done
fi
