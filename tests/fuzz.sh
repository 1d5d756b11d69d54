#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Virtio's sources under libFuzzer: each target of tests/fuzz/ over its corpus, and then for some
# time over inputs that libFuzzer makes of it.  tests/virtio_fuzz runs the corpus without all that.
#
# A corpus is a file of lines: inputs in hexadecimal digits, and comments.
#
# HAUL_FUZZ_SECONDS=n  for each target, 0: without end; make check-long has 600
# HAUL_FUZZ_KEEP=1     what was found to reach more is kept, in the corpus
# HAUL_TEST_SEED=n     other inputs than those of 1
# shellcheck source=tests/house.sh
source "${srcdir:-.}/tests/house.sh"

seconds=2
if [[ ${HAUL_TEST_LONG-} ]]; then # in any tree: gcc has no libFuzzer
	seconds=600
	cc=(clang)
fi
seconds=${HAUL_FUZZ_SECONDS:-$seconds}
corpus=$srcdir/tests/fuzz/corpus
targets='ring mmio pci config rng blk console net'
read -r -a private <<<"$LIBRARY_CPPFLAGS"
flags=("${cc[@]}" "${cflags[@]}" -O1 "-fsanitize=address,undefined" -fno-sanitize-recover=all "${private[@]}"
	"-I$srcdir/tests" "-I$srcdir/tests/fuzz/alone" -include "$srcdir/tests/fuzz/instead.h")
compile=("${flags[@]}" -fsanitize=fuzzer-no-link -c)

build() {
	local file sources
	mapfile -t sources < <(grep -o 'runtime/[^ ]*\.c\b' <<<"$LIBRARY_SOURCES" |
		grep -E '^runtime/(virtio/.*|pci)\.c$')
	for file in fuzzer input machine driver $targets; do
		sources+=("tests/fuzz/$file.c")
	done
	for file in mmio_model pci_model virtio_pci_model virtio_registers; do
		sources+=("tests/$file.c")
	done
	mkdir -p "$scratch"/objects/{runtime/virtio,tests/fuzz}
	printf '%s\n' "${sources[@]}" | xargs -P 2 -I % \
		"${compile[@]}" "$srcdir/%" -o "$scratch/objects/%.o"
	link "$scratch/objects" "$scratch/fuzzer"
}

# link FOLDER PROGRAM: of the folder's objects.
link() {
	"${flags[@]}" -fsanitize=fuzzer "$1"/{runtime,tests}/{,*/}*.o "$static" -o "$2"
}

# unpack TARGET FOLDER: an input a file.
unpack() {
	local line count=0
	mkdir -p "$2"
	while read -r line; do
		count=$((count + 1))
		printf %b "$line" >"$2/$count"
	done < <(sed '/^#/d; s/../\\x&/g' "$corpus/$1")
}

# digits FILE: an input as a line.
digits() {
	od -An -v -tx1 "$1" | tr -d ' \n'
	echo
}

# attack PROGRAM TARGET FOLDER: where it crashes, the input is in crash.
attack() {
	crash=$3.crash
	rm -f "$crash"
	FUZZ_TARGET=$2 "$1" -seed="${HAUL_TEST_SEED:-1}" -max_total_time="$seconds" -max_len=256 -timeout=20 \
		-exact_artifact_path="$crash" "$3"
}

# keep TARGET FOLDER: what is behind the last comment is made anew.
keep() {
	local file seeds=$scratch/seeds least=$scratch/least
	rm -rf "$seeds" "$least"
	mkdir -p "$least"
	unpack "$1" "$seeds"
	sed '/^# Found/q' "$corpus/$1" >"$scratch/kept"
	FUZZ_TARGET=$1 "$scratch/fuzzer" -merge=1 "$least" "$2" >/dev/null 2>&1
	for file in "$least"/*; do
		digits "$file"
	done | awk 'length <= 512' | shuf -n 60 --random-source="$builddir/config.status" | sort >>"$scratch/kept"
	cp "$scratch/kept" "$corpus/$1"
}

fuzz() {
	unpack "$1" "$scratch/$1.inputs"
	attack "$scratch/fuzzer" "$1" "$scratch/$1.inputs" >"$scratch/$1.log" 2>&1 || {
		grep -v -E 'NEW|REDUCE|RELOAD|pulse' "$scratch/$1.log" | head -n 25
		echo "To see it again, append this line to tests/fuzz/corpus/$1,"
		echo "and run make check TESTS=tests/virtio_fuzz:"
		digits "$crash"
		return 1
	}
	[[ -z ${HAUL_FUZZ_KEEP-} ]] || keep "$1" "$scratch/$1.inputs"
}

# A ring that believes any id is found out.
planted() {
	local mutant=$scratch/mutant/virtqueue.c
	cp -r "$scratch/objects" "$scratch/mutant"
	sed 's/if (id >= queue->config.size)/if (id > queue->config.size)/' "$srcdir/runtime/virtio/virtqueue.c" >"$mutant"
	if cmp -s "$mutant" "$srcdir/runtime/virtio/virtqueue.c"; then
		echo "there is no such check"
		return 1
	fi
	"${compile[@]}" "$mutant" -o "$scratch/mutant/runtime/virtio/virtqueue.c.o"
	link "$scratch/mutant" "$scratch/planted"
	unpack ring "$scratch/planted.inputs"
	if attack "$scratch/planted" ring "$scratch/planted.inputs" 2>&1; then
		return 1
	fi
	[[ -s $crash ]]
}

# Else `missing` says why not.
can_fuzz() {
	missing='programs that an emulator runs are not fuzzed'
	((${#emulator[@]} == 0)) || return
	missing=$(echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
		"${cc[@]}" -fsanitize=fuzzer,address,undefined -x c - -o "$scratch/nothing" 2>&1) || {
		missing=$(head -n 1 <<<"${cc[*]} has no libFuzzer: $missing" | sed 's#[^ ]*/##g')
		return 1
	}
}

plan 10
if ! can_fuzz; then
	for name in build $targets planted; do
		skip "$name" "$missing"
	done
	exit
fi
ok build build
for name in $targets; do
	ok "$name" fuzz "$name"
done
ok planted planted
