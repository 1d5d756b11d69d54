#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# How a board's program ends is what boards/run says of it, and the example
# kernel says the same on every board.  EMULATOR is boards/run with a board.
set -uo pipefail

read -r -a run <<<"${EMULATOR:?run me by make check}"
scratch=$(mktemp -d) || exit
trap 'rm -r "$scratch"' EXIT
number=0

# ends NAME STATUS WORD [LIMIT]: tests/end, told that word, ends with that status.
ends() {
	local name=$1 status=$2 word=$3 got
	BOARD_TIMEOUT=${4-300} "${run[@]}" tests/end "end=$word" >"$scratch/out" 2>&1
	got=$?
	verdict "$name" "$((got == status))" "status $got, not $status"
}

# verdict NAME RIGHT WHY
verdict() {
	number=$((number + 1))
	if (($2)); then
		echo "ok $number - $1"
	else
		echo "not ok $number - $1"
		echo "# $3"
		sed 's/^/# /' "$scratch/out"
	fi
}

echo 1..8
ends "success" 0 success
ends "failure" 1 failure
ends "trap: nobody handles it" 1 trap
verdict "trap_said: with its cause and address" "$(grep -c '^unexpected trap: cause .* address' "$scratch/out")" "no word of it"
ends "hang: it is ended" 124 hang 3
ends "silence: the machine stops and the program has not said how it ended" 3 silence
ends "lie: the program says success, the machine's status does not" 3 lie

cat >"$scratch/expected" <<'END'
copied 12188 of 12188 bytes
copied 8092 of 12188 bytes: the user's page at offset 8192 is not there
copied 0 of 12188 bytes: the user's page at offset 100 is not there
board: success
END
"${run[@]}" examples/kernel/kernel >"$scratch/out" 2>&1
verdict "example: counts as on every board" "$(cmp -s "$scratch/out" "$scratch/expected" && echo 1 || echo 0)" "it says otherwise:"
