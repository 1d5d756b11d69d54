# shellcheck shell=bash disable=SC2034 # its variables are used by the tests
# SPDX-License-Identifier: MIT
#
# What the tests of the command share, beyond house.sh.
# shellcheck source=tests/house.sh
source "${srcdir:-.}/tests/house.sh"

haul=$builddir/tools/haul

# Without the command, each case is skipped.
if [[ ! -x $haul ]]; then
	ok() {
		skip "$1" "the command is not built (configure --disable-tools)"
	}
fi

# status N COMMAND...: runs it; its exit status must be N.  What it says lands
# in $scratch/out and $scratch/err.
status() {
	local expected=$1 status=0
	shift
	"$@" >"$scratch/out" 2>"$scratch/err" || status=$?
	cat "$scratch/out" "$scratch/err"
	[[ $status == "$expected" ]] || {
		echo "exit status $status, expected $expected: $*"
		return 1
	}
}

# refused ARGUMENT...: haul copy says one line that names the file, and exits 2.
refused() {
	status 2 "$haul" copy "$@"
	[[ $(wc -l <"$scratch/err") == 1 && ! -s $scratch/out ]]
}

# json EXPRESSION: true of the object `j` in $scratch/out.
json() {
	/usr/bin/python3 -c 'import json, sys; j = json.load(open(sys.argv[1])); assert eval(sys.argv[2]), j' \
		"$scratch/out" "$1"
}

# says TEXT: standard error has it.
says() {
	grep -F -e "$1" "$scratch/err" || {
		echo "not said: $1"
		return 1
	}
}

# sample FILE BYTES: a file of bytes that do not repeat.
sample() {
	head -c "$2" /dev/urandom >"$1"
}

size() {
	stat -c %s "$1"
}

# nothing_left FOLDER: no temporary file of haul's is in it.
nothing_left() {
	local left
	left=$(find "$1" -name '.haul-*')
	[[ -z $left ]] || {
		echo "left: $left"
		return 1
	}
}

# copying PID SOURCE: waits until the process has SOURCE mapped.
copying() {
	local tries
	for ((tries = 0; tries < 500; tries++)); do
		grep -qs -F "$2" "/proc/$1/maps" && return
		sleep 0.02
	done
	echo "$2 was never mapped"
	return 1
}
