#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tests/virtio_device on a board, once over each way to its devices that the board has; then
# tests/virtio_count, whose counts doc/benchmarks.md has, and examples/disk.  EMULATOR is boards/run
# with a board.
set -uo pipefail

here=$(dirname "${BASH_SOURCE[0]}")
read -r -a run <<<"${EMULATOR:?run me by make check}"
scratch=$(mktemp -d) || exit
trap 'rm -rf "$scratch"' EXIT
case " $EMULATOR " in
*" q35 "* | *" loongarch64 "*) ways=(pci pci-modern) ;;
*) ways=(mmio mmio-legacy pci pci-modern) ;;
esac
half=$((1 << 18)) # bytes of the disk that the program is to find
copied=8192
limit=${BOARD_TIMEOUT:-120} # seconds
number=0

# verdict NAME RIGHT WHY
verdict() {
	number=$((number + 1))
	if (($2)); then
		echo "ok $number - $1"
	else
		echo "not ok $number - $1"
		echo "# $3"
	fi
}

make_disk() {
	head -c "$half" /dev/urandom >"$scratch/half"
	cp "$scratch/half" "$scratch/disk"
	truncate -s $((2 * half)) "$scratch/disk"
	truncate -s 65536 "$scratch/slow"
	HAUL_TEST_DISK=$(cksum <"$scratch/half" | cut -d ' ' -f 1)
	export HAUL_TEST_DISK
}

# results NAME: what the program said, with results numbered and named.
results() {
	local line
	while IFS= read -r line; do
		case $line in
		'ok - '* | 'not ok - '*)
			number=$((number + 1))
			echo "${line%%ok - *}ok $number - $1: ${line#*ok - }"
			;;
		1..* | 'TAP version'*) ;;
		*) echo "# ${line#\# }" ;;
		esac
	done <"$scratch/out"
}

# The first half is as it was, and the second begins as the first does.
check_disk() {
	verdict "$1: disk: the host finds what was written, and no more" \
		"$(cmp -s -n "$half" "$scratch/half" "$scratch/disk" &&
			cmp -s -n "$copied" -i "0:$half" "$scratch/half" "$scratch/disk" && echo 1 || echo 0)" \
		"it finds something else"
}

# boot WAY NAME PROGRAM [OPTION...]: the program, with all devices and what is at their other ends.
boot() {
	local way=$1 name=$2 program=$3 peer status
	shift 3
	make_disk
	python3 "$here/virtio_peer.py" "$scratch" "$limit" &
	peer=$!
	until [[ -S $scratch/line && -S $scratch/net.host ]]; do
		kill -0 "$peer" 2>/dev/null || break
		sleep 0.05
	done
	HAUL_TEST_VIRTIO=$way BOARD_TIMEOUT=$limit "${run[@]}" -virtio "$way" -disk "$scratch/disk" \
		-slow "$scratch/slow" -line "$scratch/line" -net "$scratch/net" "$@" "$program" --tap \
		>"$scratch/out" 2>&1
	status=$?
	kill "$peer" 2>/dev/null
	wait "$peer"
	rm -f "$scratch"/line "$scratch"/net.*
	results "$name"
	verdict "$name: program: it ends" "$((status <= 1))" "status $status"
}

# examples/disk says what the disk has, and writes its first eighth to the second half.
example() {
	local told=$scratch/told
	head -c $((2 * half)) /dev/urandom >"$scratch/disk"
	cp "$scratch/disk" "$scratch/before"
	BOARD_TIMEOUT=$limit "${run[@]}" -virtio pci -disk "$scratch/disk" -line "$told" \
		examples/disk/disk >"$scratch/out" 2>&1
	verdict "example: it ends with success" "$(($? == 0))" "$(tr '\n' ' ' <"$scratch/out")"
	verdict "example: it has read the disk" \
		"$(cmp -s "$scratch/before" "$told" && echo 1 || echo 0)" "the host's is another"
	verdict "example: it has written what it read" \
		"$(cmp -s -n $((half / 4)) -i "0:$half" "$scratch/before" "$scratch/disk" && echo 1 || echo 0)" \
		"the host finds something else"
}

for way in "${ways[@]}"; do
	boot "$way" "$way" tests/virtio_device
	check_disk "$way"
done
boot pci counts tests/virtio_count -icount
example
echo "1..$number"
