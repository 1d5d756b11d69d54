# shellcheck shell=bash disable=SC2034 # its variables are used by the tests
# SPDX-License-Identifier: MIT
#
# What the shell tests share: TAP, a scratch folder, and the library just
# built.  A test calls `plan N` and then exactly N of ok, skip.
#
# From make: what house.mk hands on, and srcdir; the working directory is the
# top of the build tree.
set -euo pipefail

: "${srcdir:?run me by make check}" "${CC:?}" "${CXX:?}" "${MAKE:?}" "${HAUL_CPU:?}"
: "${LIBRARY_CPPFLAGS:?}" "${LIBRARY_SOURCES:?}" "${NM:?}" "${OBJDUMP:?}" "${READELF:?}" "${BUILD:?}" "${HOST:?}"
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
read -r -a nm <<<"$NM"
cflags=(-std=gnu11 -Wall -Wextra -Werror -g -O2 -pthread "-I$srcdir/include")

# What is built runs by itself, or by an emulator, which must not hang for good.
emulator=()
if [[ -n ${EMULATOR-} ]]; then
	read -r -a emulator <<<"timeout 10m $EMULATOR"
fi
run() {
	"${emulator[@]}" "$@"
}

# Whether what is built is for another CPU or system than this one.
is_cross() {
	[[ $BUILD != "$HOST" ]]
}

# survive: runs $scratch/survive, fewer positions of faults for an emulator's
# sake.  The guard page is of another kind there: to some emulators a SIGBUS at
# a vector access is their own end.
survive() {
	if ((${#emulator[@]})); then
		run "$scratch/survive" 2 2 segv
	else
		"$scratch/survive" 7
	fi
}

# tunables KIND: a value of HAUL_TUNABLES, as tests/build/tunables.c says.
tunables() {
	"${cc[@]}" "${cflags[@]}" "$srcdir/tests/build/tunables.c" -o "$scratch/tunables" "$static"
	run "$scratch/tunables" "$1"
}

# cpu_says NAME: what tests/<cpu>/lint.py has under that name.
cpu_says() {
	PYTHONPATH=$srcdir/tests/$HAUL_CPU /usr/bin/python3 -B -c "import lint; print(lint.$1)"
}

lint() {
	/usr/bin/python3 -B "$srcdir/tests/lint_extable.py" "$@"
}

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

# can_run FLAG...: whether a program that does nothing can be built and run so,
# else `missing` says why not, with names for paths.
can_run() {
	missing=$(echo 'int main(void) { return 0; }' |
		"${cc[@]}" "$@" -x c - -o "$scratch/nothing" 2>&1 && run "$scratch/nothing" 2>&1) || {
		missing=$(head -n 1 <<<"$CC $*: $missing" | sed 's#[^ ]*/##g')
		return 1
	}
}

# ok_if_runs FLAGS NAME COMMAND...: the case, if programs so built run here.
ok_if_runs() {
	local flags
	read -r -a flags <<<"$1"
	shift
	if can_run "${flags[@]}"; then
		ok "$@"
	else
		skip "$1" "$missing"
	fi
}

# needs COMMAND...: true if all are installed, else `missing` says what is not.
needs() {
	local command
	for command in "$@"; do
		missing="$command is not installed"
		command -v "$command" >/dev/null || return 1
	done
}
