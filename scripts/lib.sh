# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the other scripts share: messages, packages, ports, and one way to
# configure and build.  Sourced, from anywhere.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=$top/build/tools
ports='x86_64 aarch64 riscv64 loongarch64'
native=$(uname -m)
jobs=$(nproc)
started=$SECONDS
# shellcheck source=/dev/null
release=$(source /etc/os-release && echo "${VERSION_CODENAME-}")
PATH=$tools/bin:$PATH

step() {
	printf '[%4ds] %s\n' $((SECONDS - started)) "$*"
}

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# Runs a command that talks a lot: its words go to a log, which is shown only
# in part, and only if the command fails: the tests that failed, and its end.
quietly() {
	local log=$1
	shift
	mkdir -p "$(dirname "$log")"
	"$@" </dev/null >"$log" 2>&1 && return
	grep -aE '^(FAIL|XPASS|ERROR): ' "$log" >&2
	tail -n 30 "$log" >&2
	return 1
}

# The packages that are not installed yet, one a line.
packages_missing() {
	local package
	for package in "$@"; do
		[[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed* ]] ||
			echo "$package"
	done
}

# Installs what is missing, from the machine's own apt sources.
packages_install() {
	local missing as_root=()
	command -v apt-get >/dev/null || die "apt-get is missing: only Debian and its kin are set up by this script"
	mapfile -t missing < <(packages_missing "$@")
	((${#missing[@]})) || return 0
	if ((EUID)); then
		command -v sudo >/dev/null || die "to install ${missing[*]}: run as root, or install sudo"
		as_root=(sudo)
	fi
	step "installing ${missing[*]}"
	"${as_root[@]}" apt-get -qq update </dev/null ||
		step "apt-get update complained; going on with the package lists there are"
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y --no-install-recommends \
		-o Dpkg::Use-Pty=0 install "${missing[@]}" </dev/null |
		sed -u -n 's/^Setting up \([^ ]*\).*/        \1/p' ||
		die "apt-get could not install ${missing[*]}"
}

# What it takes to build everything, from a clone.
packages_to_build() {
	packages_install autoconf autoconf-archive automake g++ gcc libbenchmark-dev libc6-dev \
		libcriterion-dev libhwloc-dev libjansson-dev libtool make pkg-config systemtap-sdt-dev
}

# What the tests want on top.
packages_to_test() {
	packages_install binutils clang clang-format gddrescue gdb git libc6-dbg libclang-rt-dev lld \
		python3 python3-matplotlib shellcheck valgrind xz-utils
}

# The libraries of Debian 12 that the emulators of whole machines from its
# backports, which scripts/toolchain unpacks, are linked with.
emulator_libraries='libaio1 libbpf1 libcapstone4 libfdt1 libfuse3-3 libglib2.0-0 libgmp10 libgnutls30
	libhogweed6 libibverbs1 libjpeg62-turbo libnettle8 libnuma1 libpixman-1-0 libpmem1 libpng16-16
	librdmacm1 libsasl2-2 libseccomp2 libslirp0 libudev1 liburing2 libvdeplug2 libzstd1 zlib1g'

# What it takes to build the ports that are not this machine's own and the
# boards, and to run programs for them.
packages_to_cross() {
	local port packages=()
	for port in $ports; do
		if [[ $port != "$native" && ! ($port == loongarch64 && $release == bookworm) ]]; then
			packages+=("gcc-${port/_/-}-linux-gnu" "g++-${port/_/-}-linux-gnu")
		fi
	done
	if [[ $release == bookworm ]]; then
		# shellcheck disable=SC2086 # a list
		packages_install "${packages[@]}" $emulator_libraries clang-19 debian-archive-keyring \
			gdb-multiarch lld-19 llvm-19
		"$top/scripts/toolchain"
	else
		packages_install "${packages[@]}" gdb-multiarch qemu-system-arm qemu-system-misc \
			qemu-system-riscv qemu-system-x86 qemu-user
	fi
}

# Makes configure.  Once it is there, make itself renews what gets out of date.
bootstrap() {
	[[ -x $top/configure && -f $top/Makefile.in ]] && return
	step "generating configure"
	quietly "$top/build/autoreconf.log" autoreconf -fi "$top" ||
		die "autoreconf failed: see build/autoreconf.log"
}

# build_tree NAME [CONFIGURE-ARGUMENT...]: builds in build/NAME, which is
# configured first unless it has been with these very arguments.
build_tree() {
	local name=$1 dir=$top/build/$1 log=build/$1.log wanted
	shift
	wanted=$(printf '%q ' "$name" "$@")
	if [[ $(cat "$dir/configured-with" 2>/dev/null) != "$wanted" ]]; then
		step "configuring build/$name"
		rm -rf "$dir"
		mkdir -p "$dir"
		(cd "$dir" && quietly "$top/$log" "$top/configure" "$@") || die "configure failed: see $log"
		echo "$wanted" >"$dir/configured-with"
	fi
	step "building build/$name"
	quietly "$top/$log" make -C "$dir" -j"$jobs" || die "make failed: see $log"
}

# emulator PORT [CPU]: the command that runs programs of another port than the
# machine's own.  The C library for loongarch64 is among the tools on Debian 12.
# Of riscv64's CPUs QEMU 10 survives every signal only on those without vectors.
emulator() {
	local libraries=/usr/$1-linux-gnu cpu=${2-}
	[[ $1 != loongarch64 || $release != bookworm ]] || libraries=$tools$libraries
	[[ $1 != riscv64 || $cpu ]] || cpu=sifive-u54
	echo "qemu-$1 -L $libraries${cpu:+ -cpu $cpu}"
}

# The tree of a port that is not this machine's own.  Where Debian has no gcc
# for it, scripts/toolchain made a clang.
build_cross() {
	local port=$1 triplet=$1-linux-gnu cc=gcc cxx=g++
	command -v "$triplet-gcc" >/dev/null || cc=clang cxx=clang++
	build_tree "$port" --build="$native-linux-gnu" --host="$triplet" CC="$triplet-$cc" \
		CXX="$triplet-$cxx" EMULATOR="$(emulator "$port")" --enable-werror --disable-tools \
		--disable-bench
}

# The board that stands for a port: the first that doc/boards.md has of it.
board_of() {
	if [[ $1 == x86_64 ]]; then
		echo microvm
	else
		echo "$1"
	fi
}

# board BOARD [CPU]: the command that runs programs without a system.
board() {
	echo "$top/boards/run $1${2:+ -cpu $2}"
}

# build_bare PORT [CONFIGURE-ARGUMENT...]: the tree bare-PORT, without a system;
# with more arguments bare-PORT-broken.  The compilers are those for Linux.
build_bare() {
	local port=$1 name=bare-$1 prefix=$1-linux-gnu- cc=gcc cxx=g++
	shift
	(($# == 0)) || name+=-broken
	[[ $port != "$native" ]] || prefix=
	command -v "${prefix}gcc" >/dev/null || cc=clang cxx=clang++
	build_tree "$name" --build="$native-linux-gnu" --host="$port-none-elf" CC="$prefix$cc" \
		CXX="$prefix$cxx" AR="${prefix}ar" RANLIB="${prefix}ranlib" NM="${prefix}nm" \
		OBJDUMP="${prefix}objdump" READELF="${prefix}readelf" \
		EMULATOR="$(board "$(board_of "$port")")" --enable-werror "$@"
}

# The tree that scripts/test and scripts/demo share.
build_gcc() {
	build_tree gcc CC=gcc CXX=g++ --enable-werror
}
