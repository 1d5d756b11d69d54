#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# scripts/bench-insn's counters: does bench/insn.py count what runs, always the
# same, on boards too, and tell of it?
# shellcheck source=tests/house.sh
source "${srcdir:-.}/tests/house.sh"

PATH=$srcdir/build/tools/bin:$PATH
export TMPDIR=$scratch
read -r -a qemu <<<"${EMULATOR:-qemu-$HAUL_CPU -L /}"
lengths=(1 2 10 1000)

# The boards' program, from the tree that scripts/test makes; and a CPU that
# QEMU plays alike for programs and for boards.
bare=$srcdir/build/bare-$HAUL_CPU
boards=$HAUL_CPU cpu=max
case $HAUL_CPU in
x86_64) boards='microvm q35' ;;
aarch64) cpu=neoverse-v1 ;;
riscv64) cpu=rva23s64,vlen=256 ;;
loongarch64) cpu=la464 ;;
esac

# Functions of a known number of instructions, all of which return dst.
make_known() {
	local n
	for n in "${lengths[@]}"; do
		cat <<-END
			#ifdef __x86_64__
			#define KEEP_DST "mov %rdi, %rax"
			#else
			#define KEEP_DST ""
			#endif
			__asm__(".text\n.globl known_$n\n.type known_$n, %function\nknown_$n:\n"
			        KEEP_DST "\n.rept $n\nnop\n.endr\nret\n.size known_$n, .-known_$n");
		END
	done >"$scratch/known.c"
	"${cc[@]}" "${cflags[@]}" -shared -fPIC "$scratch/known.c" -o "$scratch/known.so"
	: >"$scratch/insn-variants.h"
	"${cc[@]}" "${cflags[@]}" -D_GNU_SOURCE -no-pie "-I$scratch" "$srcdir/bench/insn.c" -o "$scratch/insn"
}

# check CODE: Python that has the counter at hand.
check() {
	timeout 5m /usr/bin/python3 -B - "$srcdir" "$scratch" "$shared" "${qemu[*]}" "$HAUL_CPU" <<-END
		import sys
		srcdir, scratch, shared, qemu, cpu = sys.argv[1:]
		sys.path.insert(0, srcdir + "/bench")
		import insn
		program = insn.Program(qemu, scratch + "/insn")
		$1
	END
}

known_lengths() {
	make_known
	check "
for n in (${lengths[*]/%/,}):
    counts, _ = program.count((scratch + '/known.so', f'known_{n}'), [(0, 0, 0), (64, 1, 99)], '')
    assert counts == [n + 1 + (cpu == 'x86_64')] * 2, (n, counts)
"
}

same_twice() {
	check "
calls = [(n, n % 64, insn.BUFFER // 2 + n % 7) for n in range(0, 3000, 7)]
first, second = (program.count((shared, 'haul_memcpy'), calls, '')[0] for _ in range(2))
assert first == second and len(first) == len(calls) and min(first) > 1, first
"
}

loop_found() {
	check "
assert insn.find_loop([9, 1, 4, 5, 6, 4, 5, 6, 4, 5, 6, 4, 5, 6, 7, 2]) == ([4, 5, 6], 4)
assert insn.find_loop([1, 2, 3, 4]) == ([], 0)
"
}

# Against one that takes twice as many everywhere.
means_right() {
	check "
fleets = insn.read_fleets()
table = insn.Table('memcpy', fleets, insn.regular_sizes(False))
table.counts = {'haul': [n + 1 for n, *_ in table.points], 'libc': [2 * n + 2 for n, *_ in table.points]}
result = table.result()
assert abs(result['fleet'] - 0.5) < 1e-9 and result['fleet_covered'] > 0.99
assert len(result['classes']) == 12 and all(row['ratio'] == 0.5 for row in result['classes'])
assert [row['haul'] for row in result['classes'][:3]] == [1, 3, 6.5]
assert {n for n, _ in result['sizes']['haul']} >= set(range(257))
"
}

table_printed() {
	timeout 5m /usr/bin/python3 -B "$srcdir/bench/insn.py" --json "$scratch/part" count \
		--emulator "${qemu[*]}" --program "$scratch/insn" --library "$shared" \
		--objdump "$OBJDUMP" --port "$HAUL_CPU" --cpu any --routine 'memset zero' | tee "$scratch/table"
	grep -q '^2048-4096 ' "$scratch/table" && grep -q '^fleet  *[0-9.]*' "$scratch/table"
}

page_made() {
	/usr/bin/python3 -B "$srcdir/bench/insn.py" --json "$scratch/all" join --version 1 \
		--emulator QEMU "$scratch/part"
	/usr/bin/python3 -B "$srcdir/bench/report.py" "$scratch/all" "$scratch/page.html"
	grep -q '<h2>Instructions</h2>' "$scratch/page.html"
}

board_built() {
	"$MAKE" -s -C "$bare" bench/bare/insn
}

# check_boards CODE: Python that has the boards at hand, and some calls.
check_boards() {
	check "
boards = [insn.Board(f'{srcdir}/boards/run {name} -cpu $cpu', '$bare/bench/bare/insn')
          for name in '$boards'.split()]
calls = [(n, n % 64, insn.BUFFER // 2 + n % 7) for n in (*range(0, 300, 11), 500, 1000, 4096)]
$1"
}

board_known_lengths() {
	check_boards "
for board in boards:
    for n in (10, 1000):
        counts, _ = board.count(f'insn_nops_{n}', calls, '')
        assert set(counts) == {n + 1}, counts
"
}

board_same_twice() {
	check_boards "
for board in boards:
    first, second = (board.count('haul_memcpy', calls, '') for _ in range(2))
    assert first == second and min(first[0]) > 1, first
"
}

# Each variant of the CPU's, by name.  x86_64's string instructions are one in
# QEMU's log, but under -icount one for each byte.
board_same_as_linux() {
	check_boards "
program = insn.Program(qemu + ' -cpu $cpu', scratch + '/insn')
for routine in ('memcpy', 'memmove', 'memset'):
    function = f'haul_{routine}'
    _, said = program.count((shared, function), calls[:1], '')
    for variant in {insn.chosen_of(said, routine), *insn.others_of(said, routine)} - {'erms'}:
        tunables = insn.tunables_for(variant)
        there, _ = program.count((shared, function), calls, tunables)
        for board in boards:
            here, said = board.count(function, calls, tunables)
            assert insn.chosen_of(said, routine) == variant, (board.command, said)
            assert here == there, (board.command, tunables, here, there)
"
}

plan 10
tests=(
	'count: functions of known length' known_lengths
	'count: the same in two runs' same_twice
	'loop: one turn of it is found' loop_found
	'mean: weighted and classed as told' means_right
	'table: for the eye' table_printed
	'page: from the same results' page_made
	'board: its program is up to date' board_built
	'board: functions of known length' board_known_lengths
	'board: the same in two runs' board_same_twice
	'board: as many as on Linux' board_same_as_linux
)

# can COMMAND: whether that test can run, else `missing` says why not.
can() {
	needs "${qemu[0]}" /usr/bin/python3 || return
	missing="${qemu[0]} is older than 8.1"
	[[ $("${qemu[0]}" -help) == *one-insn-per-tb* ]] || return
	case $1 in
	page_made)
		missing='python3-matplotlib is not installed'
		/usr/bin/python3 -c 'import matplotlib' 2>/dev/null
		;;
	board_*)
		missing="there is no build/bare-$HAUL_CPU: scripts/test makes it"
		[[ -e $bare/Makefile ]]
		;;
	esac
}

for ((i = 0; i < ${#tests[@]}; i += 2)); do
	if can "${tests[i + 1]}"; then
		ok "${tests[i]}" "${tests[i + 1]}"
	else
		skip "${tests[i]}" "$missing"
	fi
done
