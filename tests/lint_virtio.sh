#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# doc/virtio.md has each number of the specification's statements, the attacks and the deviations,
# and names their tests.  In doctored pages the lint finds what is not so.
# shellcheck source=tests/house.sh
source "${srcdir:-.}/tests/house.sh"

page=$srcdir/doc/virtio.md

lint_virtio() {
	/usr/bin/python3 -B "$srcdir/tests/lint_virtio.py" "$1" "${2:-$srcdir/tests}"
}

# finds WORDS SCRIPT: a page changed by sed, once, gets that complaint, and no other.
finds() {
	sed "$2" "$page" >"$scratch/page.md"
	if cmp "$page" "$scratch/page.md"; then
		echo "nothing was changed"
		exit 1
	fi
	lint_virtio "$scratch/page.md" >"$scratch/report" && exit 1
	cat "$scratch/report"
	grep -q "$1" "$scratch/report"
}

# A test more than the page has.
finds_test() {
	mkdir "$scratch/tests"
	cp "$srcdir"/tests/virtio_*.c "$srcdir"/tests/virtqueue*.c "$srcdir"/tests/pci.c "$scratch/tests"
	echo 'Test(virtio_mmio, mmio_14_there_is_no_such)' >>"$scratch/tests/virtio_mmio.c"
	lint_virtio "$page" "$scratch/tests" >"$scratch/report" && exit 1
	cat "$scratch/report"
	[[ $(wc -l <"$scratch/report") -eq 2 ]]
	grep -q "virtio_mmio: mmio_14_there_is_no_such is not named" "$scratch/report"
}

plan 9
ok "page: each number has a row, each name a test, each test a name" lint_virtio "$page"
ok "finds_statement: one that has no row" finds "^INIT-11 has no row" '/^| INIT-11 /d'
ok "finds_attack: one in the middle of several" finds "^A20 has no row" 's/^| A17 to A23 /| A17 to A19, A21 to A23 /'
ok "finds_number: one that there is not" finds "^there is no MMIO-14" 's/^| MMIO-13 /| MMIO-13, MMIO-14 /'
ok "finds_name: one that no test has" finds "there is no test mmio_4_no" 's/mmio_4_\*/mmio_4_no/'
ok "finds_pattern: one that no test matches" finds "there is no test split_3_no_\*" 's/split_3_\*/split_3_no_*/'
ok "finds_program: one that is not there" finds "in virtio_no" 's/virtio_mmio_hostile/virtio_no/'
ok "finds_deviation: one without its test" finds "^deviation 9 names no test" '/^| 9 /s/deviation_9_\*/*identification*/'
ok "finds_test: one that the page does not have" finds_test
