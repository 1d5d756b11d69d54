#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Programs under the sanitizers survive faults and are found without fault:
# linked with the ordinary library, and with the library instrumented too.
#
# Addresses are not random: of as many random bits as some kernels use
# (vm.mmap_rnd_bits=32), gcc 12's and clang 14's runtimes at times make a crash.
if [[ -z ${HAUL_TEST_LAID_OUT-} ]] && setarch --addr-no-randomize true 2>/dev/null; then
	HAUL_TEST_LAID_OUT=1 exec setarch --addr-no-randomize bash "$0" "$@"
fi
# shellcheck source=tests/house.sh
source "${srcdir:-.}/tests/house.sh"

# What the sanitizers say is an error.  The search for leaks stops threads by
# ptrace, which emulators of programs do not have.
export ASAN_OPTIONS=detect_leaks=$((!${#emulator[@]})) TSAN_OPTIONS=halt_on_error=1 UBSAN_OPTIONS=halt_on_error=1

mapfile -t library < <(grep -o '[^ ]*\.[cS]\b' <<<"$LIBRARY_SOURCES" | sed "s#^#$srcdir/#")
read -r -a private <<<"$LIBRARY_CPPFLAGS"

# sanitized FLAGS MORE...: the program so built survives.
sanitized() {
	local flags
	read -r -a flags <<<"$1"
	shift
	"${cc[@]}" "${cflags[@]}" "${flags[@]}" -fno-sanitize-recover=all \
		"$srcdir/tests/build/survive.c" -o "$scratch/survive" "$@"
	survive
}

# ring PROGRAM SANITIZER: a test of the ring, which is instrumented, and so is the
# device; the library is not.
ring() {
	local file files=(ring test standin/standin linux/standin linux/system)
	local sources=("$srcdir/tests/$1.c" "$srcdir/tests/$HAUL_CPU/call.S" "$srcdir/runtime/virtio/virtqueue.c")
	for file in "${files[@]}"; do
		sources+=("$srcdir/tests/$file.c")
	done
	"${cc[@]}" "${cflags[@]}" "$2" -fno-sanitize-recover=all "${private[@]}" "-I$srcdir/tests" \
		"-I$srcdir/tests/standin" -iquote "$srcdir/tests/$HAUL_CPU" "${sources[@]}" "$static" -o "$scratch/ring"
	run "$scratch/ring"
}

plan 9
for kind in address thread undefined; do
	sanitizer=-fsanitize=$kind
	# Without a library that reports, it can trap.
	if [[ $kind == undefined ]] && ! can_run "$sanitizer"; then
		sanitizer+=" -fsanitize-undefined-trap-on-error"
	fi
	ok_if_runs "$sanitizer" "${kind}_program: with libhaul.a" sanitized "$sanitizer" "$static"
	ok_if_runs "$sanitizer" "${kind}_library: with the library instrumented" \
		sanitized "$sanitizer" "${private[@]}" "${library[@]}"
done
for program in virtqueue virtqueue_hostile; do
	ok_if_runs -fsanitize=address,undefined "address_undefined_$program" ring "$program" -fsanitize=address,undefined
done
ok_if_runs -fsanitize=thread thread_virtqueue_litmus ring virtqueue_litmus -fsanitize=thread
