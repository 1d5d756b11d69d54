#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Runs a Criterion program, one case after the other, under $EMULATOR if that is
# set, with TAP on stdout: cases are named unit_property; what a failing one
# says, and test_note's lines, for which Criterion has no way out, become
# comments, which the driver shows.  The driver reads results, not the exit
# status, which Criterion has 1 of if cases failed: more is another end than the
# program's own (boards/run --help).
set -uo pipefail

HAUL_TEST_NOTES=$(mktemp) || exit
export HAUL_TEST_NOTES
trap 'rm -f "$HAUL_TEST_NOTES"' EXIT

read -r -a emulator <<<"${EMULATOR:-}"

"${emulator[@]}" "$@" --tap=- -j1 2>&1 |
	sed -u -E -e '/^#( Criterion v.*| Running .* tests? from .*)?$/d' \
		-e 's/^((not )?ok - )([[:alnum:]_]+)::/\1\3_/; s/  \([0-9.]+s\)$//' \
		-e 's/^  /# /'
status=${PIPESTATUS[0]}
((status <= 1)) || echo "Bail out! exit status $status"
uniq "$HAUL_TEST_NOTES"
