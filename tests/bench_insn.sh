#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# scripts/bench-insn's counter: does bench/insn.py count what runs, always the
# same, and tell of it?
# shellcheck source=tests/house.sh
source "${srcdir:-.}/tests/house.sh"

PATH=$srcdir/build/tools/bin:$PATH
export TMPDIR=$scratch
read -r -a qemu <<<"${EMULATOR:-qemu-$HAUL_CPU -L /}"
lengths=(1 2 10 1000)

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
fleets = insn.read_fleets(srcdir + '/bench/fleet.c')
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

plan 6
tests=(
	'count: functions of known length' known_lengths
	'count: the same in two runs' same_twice
	'loop: one turn of it is found' loop_found
	'mean: weighted and classed as told' means_right
	'table: for the eye' table_printed
	'page: from the same results' page_made
)
if needs "${qemu[0]}" /usr/bin/python3; then
	missing=''
	[[ $("${qemu[0]}" -help) == *one-insn-per-tb* ]] || missing="${qemu[0]} is older than 8.1"
fi
for ((i = 0; i < ${#tests[@]}; i += 2)); do
	if [[ ${tests[i + 1]} == page_made && -z $missing ]] && ! /usr/bin/python3 -c 'import matplotlib' 2>/dev/null; then
		missing='python3-matplotlib is not installed'
	fi
	if [[ $missing ]]; then
		skip "${tests[i]}" "$missing"
	else
		ok "${tests[i]}" "${tests[i + 1]}"
	fi
done
