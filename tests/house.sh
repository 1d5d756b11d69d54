# shellcheck shell=bash disable=SC2034 # its variables are used by the tests
# SPDX-License-Identifier: MIT
#
# What the shell tests share: TAP, a scratch folder, and the library just
# built.  A test calls `plan N` and then exactly N of ok, skip.
#
# From make: CC, CXX, MAKE, HAUL_CPU, LIBRARY_CPPFLAGS, srcdir; the working directory is the top
# of the build tree.
set -euo pipefail

: "${srcdir:?run me by make check}" "${CC:?}" "${CXX:?}" "${MAKE:?}" "${HAUL_CPU:?}" "${LIBRARY_CPPFLAGS:?}"
srcdir=$(cd "$srcdir" && pwd)
builddir=$PWD
shared=$builddir/.libs/libhaul.so
static=$builddir/.libs/libhaul.a
unset MAKEFLAGS MFLAGS

mkdir -p "$builddir/tests"
scratch=$(mktemp -d "$builddir/tests/scratch.XXXXXX")
trap 'chmod -R u+w "$scratch"; rm -rf "$scratch"' EXIT

# Every program of the tests is built with these.
read -r -a cc <<<"$CC"
read -r -a cxx <<<"$CXX"
cflags=(-std=gnu11 -Wall -Wextra -Werror -g -O2 -pthread "-I$srcdir/include")

cases=0

plan() {
	echo "1..$1"
}

# ok NAME COMMAND...: the case passes if the command succeeds; what it says is
# shown if not.
ok() {
	local name=$1 log=$scratch/ok.log
	shift
	local status
	cases=$((cases + 1))
	# Not as a condition: bash would ignore every failure but the last.
	set +e
	(
		set -e
		"$@"
	) </dev/null >"$log" 2>&1
	status=$?
	set -e
	if ((status == 0)); then
		echo "ok $cases - $name"
	else
		echo "not ok $cases - $name"
		sed 's/^/# /' "$log" | tail -n 40
	fi
}

# skip NAME REASON...
skip() {
	local name=$1
	shift
	cases=$((cases + 1))
	echo "ok $cases - $name # SKIP $*"
}

# needs COMMAND...: true if all are installed, else `missing` says what is not.
needs() {
	local command
	for command in "$@"; do
		missing="$command is not installed"
		command -v "$command" >/dev/null || return 1
	done
}
