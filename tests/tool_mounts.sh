#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# haul copy on file systems that give way: pages that cannot be read, a full
# disk, no files without names.  It mounts them where nobody else sees them, in
# a mount namespace (and, unless root, a user namespace) of its own.
namespace=(unshare --mount --propagation private)
((EUID)) && namespace+=(--user --map-root-user)
if [[ -z ${HAUL_TEST_MOUNTS-} ]] && "${namespace[@]}" true 2>/dev/null; then
	HAUL_TEST_MOUNTS=1 exec "${namespace[@]}" bash "$0" "$@"
fi
# shellcheck source=tests/tool.sh
source "${srcdir:-.}/tests/tool.sh"

cd "$scratch"
sample content 1000000
mkdir mountpoint

# The mount of a case ends with it, and so does the server behind it.
unmount_after() {
	trap 'umount --lazy mountpoint' EXIT
}

# unreadable FROM-TO...: mountpoint/file is content with gaps.
unreadable() {
	local tries
	/usr/bin/python3 "$srcdir/tests/tool_fuse.py" content mountpoint "$@" &
	unmount_after
	for ((tries = 0; tries < 500; tries++)); do
		[[ -e mountpoint/file ]] && return
		kill -0 $!
		sleep 0.02
	done
	return 1
}

# A read fails by pages, whatever their size here.
page=$(getconf PAGESIZE)
down() {
	echo $(($1 / page * page))
}

# In the middle, in two neighbouring pages, and at the odd end.
gaps_are_exact() {
	unreadable 200000-200001 "$(down 500000)-$(($(down 500000) + page + 1))" 999999-1000000
	status 1 "$haul" copy --json --map map mountpoint/file copy
	says "haul copy: mountpoint/file: partly unreadable: "
	json "[(u['offset'], u['length']) for u in j['unreadable']] == [
		($(down 200000), $page), ($(down 500000), 2 * $page),
		($(down 999999), 1000000 - $(down 999999))]"
	json 'j["bytes_copied"] + j["bytes_unreadable"] == j["ended_at"] == 1000000'
	json 'all(u["fault"] == "bus" and u["signo"] == 7 for u in j["unreadable"])'
}

# The copy is the content with those ranges zeroed, and they are holes.
gaps_are_holes() {
	/usr/bin/python3 - "$scratch/out" content copy <<-'PYTHON'
		import json, os, sys
		ranges = json.load(open(sys.argv[1]))["unreadable"]
		content = bytearray(open(sys.argv[2], "rb").read())
		for r in ranges:
		    content[r["offset"]:r["offset"] + r["length"]] = bytes(r["length"])
		copy = os.open(sys.argv[3], os.O_RDONLY)
		assert os.pread(copy, 1 << 30, 0) == content
		if os.lseek(copy, 0, os.SEEK_HOLE) < len(content):  # else none are kept
		    for r in ranges:
		        assert os.lseek(copy, r["offset"], os.SEEK_HOLE) == r["offset"], r
	PYTHON
}

# ddrescue, given the map and a good medium, completes the copy.
ddrescue_fills_gaps() {
	ddrescuelog -t map
	ddrescue --retry-passes=1 content copy map
	cmp content copy
}

first_page() {
	unreadable 0-1
	status 1 "$haul" copy --json mountpoint/file first
	json "j['unreadable'][0]['offset'] == 0 and j['bytes_unreadable'] == $page"
	cmp -i "$page" content first
}

nothing_readable_keeps_destination() {
	unreadable 0-1000000
	echo old >old
	status 2 "$haul" copy mountpoint/file old
	says "partly unreadable: 0 of 1000000 bytes copied"
	[[ $(cat old) == old ]]
}

block_device() {
	head -c 999936 content >sectors
	local device
	device=$(losetup --find --show --read-only sectors)
	# shellcheck disable=SC2064 # the device of now
	trap "losetup --detach $device" EXIT
	(umask 027 && status 0 "$haul" copy --json "$device" device.copy)
	cmp sectors device.copy
	[[ $(stat -c %a device.copy) == 640 ]]
	json 'j["size_at_start"] == j["size_at_end"] == 999936'
}

# small_disk SIZE: an empty disk at mountpoint.
small_disk() {
	mount -t tmpfs -o "size=$1" tmpfs mountpoint
	unmount_after
}

full_disk_refuses_start() {
	small_disk 512k
	refused content mountpoint/copy
	says "haul copy: mountpoint/copy: No space left on device: 1000000 bytes to copy, room for"
	[[ -z $(ls -A mountpoint) ]]
}

# Somebody else takes the room meanwhile.
disk_fills_up() {
	local status=0
	small_disk 1536k
	"$haul" copy --json --rate 256k --map map content mountpoint/copy >out 2>err &
	copying $! "$PWD/content"
	head -c 1M /dev/zero >mountpoint/hog || true
	wait $! || status=$?
	cat out err
	[[ $status == 1 ]]
	says "haul copy: mountpoint/copy: No space left on device: "
	json "0 < j['ended_at'] == j['bytes_copied'] == $(size mountpoint/copy) < 1000000"
	cmp -n "$(size mountpoint/copy)" content mountpoint/copy
	grep -E ' \?$' map
}

# Without /proc a nameless file could not be named later.
without_proc() {
	# shellcheck disable=SC2016 # for the inner shell
	exec unshare --mount --propagation private \
		sh -c 'mount -t tmpfs tmpfs /proc && exec "$@"' - "$@"
}

named_temporary() {
	mkdir named
	echo old >named/copy
	(without_proc "$haul" copy content named/copy)
	cmp content named/copy
	[[ $(ls -A named) == copy ]]
}

named_temporary_is_removed() {
	local status=0 tries
	mkdir removed
	without_proc "$haul" copy --rate 64k content removed/copy 2>err &
	for ((tries = 0; tries < 500; tries++)); do
		compgen -G 'removed/.haul-*' >/dev/null && break
		sleep 0.02
	done
	compgen -G 'removed/.haul-*'
	copying $! "$PWD/content"
	kill -TERM $!
	wait $! || status=$?
	cat err
	[[ $status == 143 && -z $(ls -A removed) ]]
}

# can NAME FUNCTION REASON: runs the case unless there is a reason not to.
can() {
	if [[ -n $3 ]]; then
		skip "$1" "$3"
	else
		ok "$1" "$2"
	fi
}

none=''
fuse=''
if [[ -z ${HAUL_TEST_MOUNTS-} ]]; then
	none="no mount namespace may be made here"
	fuse=$none
elif ! true 2>/dev/null <>/dev/fuse; then
	fuse="/dev/fuse cannot be opened"
elif ! grep -q '\<fuse$' /proc/filesystems; then
	fuse="the kernel has no FUSE"
fi
loop=''
if [[ ! -w $(losetup --find 2>/dev/null) ]]; then
	loop="no loop device is to be had"
fi
ddrescue=$fuse
needs ddrescue ddrescuelog || ddrescue=$missing

plan 10
can tool_copy_gaps_are_exact gaps_are_exact "$fuse"
can tool_copy_gaps_are_holes gaps_are_holes "$fuse"
can tool_copy_gaps_are_filled_by_ddrescue ddrescue_fills_gaps "$ddrescue"
can tool_copy_first_page_unreadable first_page "$fuse"
can tool_copy_nothing_readable_keeps_destination nothing_readable_keeps_destination "$fuse"
can tool_copy_block_device block_device "$loop"
can tool_copy_full_disk_refuses_start full_disk_refuses_start "$none"
can tool_copy_disk_fills_up disk_fills_up "$none"
can tool_copy_named_temporary named_temporary "$none"
can tool_copy_named_temporary_is_removed named_temporary_is_removed "$none"
