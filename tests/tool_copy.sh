#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# haul copy: whole copies, and what breaks one without a file system of its own.
# shellcheck source=tests/tool.sh
source "${srcdir:-.}/tests/tool.sh"

cd "$scratch"
sample big 8388607

whole() {
	chmod 640 big
	(umask 027 && status 0 "$haul" copy big whole)
	cmp big whole
	[[ $(stat -c %a whole) == 640 && ! -s err ]]
	nothing_left .
}

mode_obeys_umask() {
	chmod 666 big
	(umask 022 && status 0 "$haul" copy big masked)
	[[ $(stat -c %a masked) == 644 ]]
}

empty() {
	: >nothing
	status 0 "$haul" copy --map map nothing empty
	[[ -f empty && ! -s empty ]]
}

# Around pages, chunks (256 KiB) and with nothing after them.
odd_sizes() {
	local bytes
	for bytes in 1 2 4095 4096 4097 65535 262143 262144 262145 1048577; do
		head -c "$bytes" big >odd
		status 0 "$haul" copy odd odd.copy
		cmp odd odd.copy
	done
}

# More than one window of 64 MiB, and odd at the end.
windows() {
	cat big big big big big big big big big >huge
	status 0 "$haul" copy huge huge.copy
	cmp huge huge.copy
	rm huge huge.copy
}

blocks() {
	stat -c %b "$1"
}

# A file system may keep some room around what is written (XFS does), not 31 MiB.
sparse_stays_sparse() {
	truncate -s 32M sparse
	head -c 4096 big | dd of=sparse bs=4096 seek=100 conv=notrunc status=none
	head -c 100000 big | dd of=sparse bs=4096 seek=5000 conv=notrunc status=none
	status 0 "$haul" copy --json sparse sparse.copy
	cmp sparse sparse.copy
	(($(blocks sparse.copy) * 512 < 1 << 20))
	json 'j["bytes_in_holes"] > 33000000 and j["bytes_copied"] == 33554432'
}

only_a_hole() {
	truncate -s 1000001 hole
	status 0 "$haul" copy hole hole.copy
	cmp hole hole.copy
	[[ $(blocks hole.copy) == 0 ]]
}

# background ARGUMENT...: a slow copy of `source`, under way; its process is $!.
# SIGHUP may have been ignored since nohup began us.
background() {
	cp big source
	env --default-signal=HUP "$haul" copy --rate 2m "$@" >out 2>err &
	copying $! "$PWD/source"
}

# meanwhile COMMAND...: the slow copy waits until this is done, however long a
# busy disk takes.
meanwhile() {
	local status=0
	kill -STOP $!
	"$@" || status=$?
	kill -CONT $!
	return "$status"
}

# done_with STATUS: the slow copy ends so.
done_with() {
	local status=0
	wait $! || status=$?
	cat out err
	[[ $status == "$1" ]]
}

truncated_ends_at_exact_byte() {
	background --json --map map source cut
	meanwhile truncate -s 5000001 source
	done_with 1
	says "haul copy: source: truncated while copying: 5000001 of 8388607 bytes copied"
	json 'j["ended_at"] == 5000001 and j["size_at_start"] == 8388607 and j["size_at_end"] == 5000001'
	json 'j["status"] == "partial" and j["bytes_copied"] == 5000001 and j["unreadable"] == []'
	[[ $(size cut) == 5000001 ]]
	cmp -n 5000001 big cut
}

truncated_tail_is_in_map() {
	grep -E '^0x00000000 +0x004C4B41 +\+$' map
	grep -E '^0x004C4B41 +0x0033B4BE +-$' map
}

# The source ends before the byte that is being copied: what was read stays.
truncated_behind_keeps_what_was_read() {
	background --json source behind
	sleep 0.5
	meanwhile truncate -s 1 source
	done_with 1
	json "0 < j['ended_at'] == $(size behind) < 8388607 and j['size_at_end'] == 1"
	cmp -n "$(size behind)" big behind
}

growth_is_not_copied() {
	background source grown
	meanwhile dd if=big of=source oflag=append conv=notrunc status=none
	done_with 0
	cmp big grown
	grep "source: has grown to 16777214 bytes" out
}

interrupted_leaves_nothing() {
	mkdir alone
	background source alone/copy
	kill -TERM $!
	done_with 143
	[[ -z $(ls -A alone) ]]
}

interrupted_keeps_old_destination() {
	echo old >alone/copy
	background source alone/copy
	kill -INT $!
	# A shell's background jobs ignore SIGINT, and so does the copy then.
	kill -HUP $!
	done_with 129
	[[ $(cat alone/copy) == old && $(ls -A alone) == copy ]]
}

existing_is_replaced() {
	echo old >replaced
	ln replaced other-name
	status 0 "$haul" copy big replaced
	cmp big replaced
	[[ $(cat other-name) == old ]]
	nothing_left .
}

symlink_is_followed() {
	mkdir -p elsewhere
	echo old >elsewhere/file
	ln -s elsewhere/file link
	status 0 "$haul" copy big link
	[[ -L link ]]
	cmp big elsewhere/file
	nothing_left elsewhere
}

dangling_symlink_is_refused() {
	ln -s nowhere/file dangling
	refused big dangling
	says "haul copy: dangling: No such file or directory"
}

size_limit_keeps_what_fits() {
	(ulimit -f 1024 && status 1 "$haul" copy --json --map map big limited)
	says "haul copy: limited: File too large: 1048576 of 8388607 bytes copied"
	[[ $(size limited) == 1048576 ]]
	cmp -n 1048576 big limited
	grep -E '^0x00100000 +0x006FFFFF +\?$' map
}

missing_source() {
	refused missing copy
	says "haul copy: missing: No such file or directory"
	[[ ! -e copy ]]
}

directory_source() {
	refused . copy
	says "haul copy: .: Is a directory"
}

directory_destination() {
	mkdir -p folder
	refused big folder
	says "haul copy: folder: Is a directory"
	refused big missing/copy
	says "haul copy: missing/copy: No such file or directory"
}

special_files() {
	mkfifo fifo
	refused fifo copy
	says "haul copy: fifo: not a regular file or block device"
	refused /dev/zero copy
	refused big fifo
	says "haul copy: fifo: not a regular file"
	refused big /dev/null
	[[ -c /dev/null && ! -e copy ]]
}

unmappable_source() {
	refused /proc/self/status copy
	says "haul copy: /proc/self/status: has content but no size"
	[[ ! -e copy ]]
}

# Root may read anything, so it gives that right up first.
unreadable_source() {
	local drop=()
	((EUID)) || drop=(setpriv --bounding-set '-dac_override,-dac_read_search')
	echo secret >secret
	chmod 0 secret
	status 2 "${drop[@]}" "$haul" copy secret copy
	says "haul copy: secret: Permission denied"
	echo kept >kept
	chmod 400 kept
	status 2 "${drop[@]}" "$haul" copy big kept
	says "haul copy: kept: Permission denied"
	[[ $(cat kept) == kept ]]
}

same_file() {
	ln big hard-link
	ln -s big soft-link
	local name
	for name in big ./big hard-link soft-link; do
		refused big "$name"
		says "haul copy: $name: is the source itself"
	done
	[[ $(size big) == 8388607 ]]
}

map_is_no_copy() {
	refused --map ./both big both
	says "haul copy: ./both: is the destination itself"
	refused --map big big both
	says "haul copy: big: is the source itself"
	refused --map missing/map big both
	says "haul copy: missing/map: No such file or directory"
	[[ ! -e both ]]
}

refusal_keeps_destination() {
	echo old >precious
	refused missing precious
	[[ $(cat precious) == old ]]
}

json_of_whole_copy() {
	status 0 "$haul" copy --json big "json é"
	json 'j["status"] == "complete" and j["error"] is None and j["map"] is None'
	json 'j["destination"] == "json é" and j["ended_at"] == j["bytes_copied"] == j["size_at_end"] == 8388607'
	json 'j["bytes_unreadable"] == 0 and j["unreadable"] == [] and j["seconds"] > 0'
}

json_of_refusal() {
	status 2 "$haul" copy --json missing copy
	json 'j["status"] == "failed" and j["error"] == "missing: No such file or directory"'
}

json_of_odd_name() {
	status 2 "$haul" copy --json $'not\xffUTF-8' copy
	json 'j["source"] == "not\ufffdUTF-8"'
}

maps_are_ddrescues() {
	"$haul" copy --map map big mapped
	ddrescuelog -t map
	ddrescuelog -D map # all rescued
	background --map map source cut
	meanwhile truncate -s 5000001 source
	done_with 1
	ddrescuelog -t map
	(set +e; ddrescuelog -D map; (($? == 1)))
	[[ $(ddrescuelog -b 1 -l - map | wc -l) == $((8388607 - 5000001)) ]]
}

# `script` gives the command a terminal.
progress_on_terminal() {
	script -qec "'$haul' copy --rate 8m big shown" /dev/null >shown.out
	grep -F '% ' shown.out
	grep -E '\[#+\.*\] +[0-9]+% .* of 8\.0 MiB, .*/s, [0-9]:[0-9][0-9] left' shown.out
	cmp big shown
}

no_progress_elsewhere() {
	status 0 "$haul" copy --rate 16m big unseen
	[[ ! -s err ]]
}

usage_errors() {
	local arguments
	for arguments in '' 'one' 'one two three' '--rate 0 a b' '--rate x a b' '--rate 1q a b' '--what a b'; do
		# shellcheck disable=SC2086 # several words are meant
		status 2 "$haul" copy $arguments
		says "haul copy: "
	done
}

plan 33
ok tool_copy_whole whole
ok tool_copy_mode_obeys_umask mode_obeys_umask
ok tool_copy_empty empty
ok tool_copy_odd_sizes odd_sizes
ok tool_copy_windows windows
truncate -s 1M probe
if (($(blocks probe) == 0)); then
	ok tool_copy_sparse_stays_sparse sparse_stays_sparse
	ok tool_copy_only_a_hole only_a_hole
else
	skip tool_copy_sparse_stays_sparse "this file system keeps no holes"
	skip tool_copy_only_a_hole "this file system keeps no holes"
fi
ok tool_copy_truncated_ends_at_exact_byte truncated_ends_at_exact_byte
ok tool_copy_truncated_tail_is_in_map truncated_tail_is_in_map
ok tool_copy_truncated_behind_keeps_what_was_read truncated_behind_keeps_what_was_read
ok tool_copy_growth_is_not_copied growth_is_not_copied
ok tool_copy_interrupted_leaves_nothing interrupted_leaves_nothing
ok tool_copy_interrupted_keeps_old_destination interrupted_keeps_old_destination
ok tool_copy_existing_is_replaced existing_is_replaced
ok tool_copy_symlink_is_followed symlink_is_followed
ok tool_copy_dangling_symlink_is_refused dangling_symlink_is_refused
ok tool_copy_size_limit_keeps_what_fits size_limit_keeps_what_fits
ok tool_copy_missing_source missing_source
ok tool_copy_directory_source directory_source
ok tool_copy_directory_destination directory_destination
ok tool_copy_special_files special_files
ok tool_copy_unmappable_source unmappable_source
if ((EUID)) || needs setpriv; then
	ok tool_copy_unreadable_source unreadable_source
else
	skip tool_copy_unreadable_source "$missing, so root cannot give up its rights"
fi
ok tool_copy_same_file same_file
ok tool_copy_map_is_no_copy map_is_no_copy
ok tool_copy_refusal_keeps_destination refusal_keeps_destination
ok tool_copy_json_of_whole_copy json_of_whole_copy
ok tool_copy_json_of_refusal json_of_refusal
ok tool_copy_json_of_odd_name json_of_odd_name
if needs ddrescuelog; then
	ok tool_copy_maps_are_ddrescues maps_are_ddrescues
else
	skip tool_copy_maps_are_ddrescues "$missing"
fi
if needs script; then
	ok tool_copy_progress_on_terminal progress_on_terminal
else
	skip tool_copy_progress_on_terminal "$missing"
fi
ok tool_copy_no_progress_elsewhere no_progress_elsewhere
ok tool_copy_usage_errors usage_errors
