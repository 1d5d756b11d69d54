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

# virtio SANITIZER TESTS SOURCES: a test program of these files; they are instrumented, and
# so are these of the library, and nothing else of it is.
virtio() {
	local file sources=("$srcdir/tests/$HAUL_CPU/call.S")
	for file in $2 test standin/standin linux/standin linux/system; do
		sources+=("$srcdir/tests/$file.c")
	done
	for file in $3; do
		sources+=("$srcdir/runtime/virtio/$file.c")
	done
	"${cc[@]}" "${cflags[@]}" "$1" -fno-sanitize-recover=all "${private[@]}" "-I$srcdir/tests" \
		"-I$srcdir/tests/standin" -iquote "$srcdir/tests/$HAUL_CPU" "${sources[@]}" "$static" -o "$scratch/virtio"
	run "$scratch/virtio"
}

plan 11
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
	ok_if_runs -fsanitize=address,undefined "address_undefined_$program" \
		virtio -fsanitize=address,undefined "$program ring" virtqueue
done
ok_if_runs -fsanitize=address,undefined address_undefined_virtio_hostile virtio -fsanitize=address,undefined \
	"virtio_hostile virtio_subject virtio_disk virtio_machine" "blk console mock net request rng virtio virtqueue"
ok_if_runs -fsanitize=thread thread_virtqueue_litmus virtio -fsanitize=thread "virtqueue_litmus ring" virtqueue
ok_if_runs -fsanitize=thread thread_virtio_net_contention virtio -fsanitize=thread \
	"virtio_net_contention virtio_machine" "mock net request virtio virtqueue"
