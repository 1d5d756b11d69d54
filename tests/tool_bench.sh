#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# haul-bench: that each routine and part runs, and says what it should.  Times
# are nobody's promise here.
# shellcheck source=tests/tool.sh
source "${srcdir:-.}/tests/tool.sh"

bench=$builddir/bench/haul-bench
if [[ ! -x $bench ]]; then
	ok() {
		skip "$1" "the benchmarks are not built (configure --disable-bench)"
	}
fi

cd "$scratch"
unset HAUL_TUNABLES

# measured OPTION...: few and short repetitions, as JSON in $scratch/out.
measured() {
	timeout 5m "$bench" --time 1 --reps 2 --json "$@" >out
	json 'j["haul_bench"] == 1 and len(j["points"]) > 0'
	json 'all(r[t] > 0 for p in j["points"] for r in p["results"] for t in ("median_ns", "min_ns"))'
	json 'all(p["best"] in [r["name"] for r in p["results"]] and p["ratio"] > 0 for p in j["points"])'
}

# differs: each point tells the difference of its medians.
differs() {
	json 'all(abs(m["haul"] - m[p["base"]] - p["difference_ns"]) < 1e-3 * m["haul"]
		for p in j["points"]
		for m in [{r["name"]: r["median_ns"] for r in p["results"]}])'
}

lists_contestants() {
	"$bench" --list >list
	local routine
	for routine in memcpy memmove memset memcmp strnlen transfer fault transferv value once region \
		io_read io_write io_copy io_fill virtqueue virtqueue_far; do
		grep -E "^$routine +haul +haul\$" list
		(($(grep -c "^$routine " list) >= 2))
	done
}

sweeps_memory() {
	measured -p sweep -r memcpy,memmove,memset,memcmp,strnlen -s 0,8,100 -d 0,1 -a 0
	json '{p["size"] for p in j["points"]} == {0, 8, 100}'
	json 'not any("base" in p for p in j["points"])'
}

sweeps_transfers() {
	measured -p sweep -r transfer -s 0,8,1k -d 0,1 -a 0,21 -v all
	json 'len(j["points"]) == 12 and {p["base"] for p in j["points"]} == {"haul_memcpy"}'
	json '{(p["d"], p["align"]) for p in j["points"]} == {(0, 0), (0, 21), (1, 0), (1, 21)}'
	differs
}

adds_to_words_and_lists() {
	measured -p cursor
	json '{p["routine"] for p in j["points"]} == {"transferv", "value", "once", "region"}'
	json '{p["size"] for p in j["points"] if p["routine"] == "once"} == {1, 2, 4, 8}'
	differs
}

copies_devices() {
	measured -p device -r io_read,io_write,io_copy,io_fill
	json '{p["routine"] for p in j["points"]} == {"io_read", "io_write", "io_copy", "io_fill"}'
	json '{"widest", "u8", "u16", "u32", "u64"} <= {p["what"] for p in j["points"]}'
}

turns_virtqueues() {
	measured -p virtqueue -r virtqueue,virtqueue_far -v all
	json '"virtqueue" in {p["routine"] for p in j["points"]}'
	json '{p["size"] for p in j["points"]} == {1, 2, 3, 4}'
	json '{p["base"] for p in j["points"]} == {"trusted"}'
}

tells_tables() {
	timeout 5m "$bench" --time 1 --reps 2 -p sweep,cursor -r transfer,once -s 8,64 -d 0 -a 0 >table
	grep -E '^transfer, sweep: ns per call' table
	grep -E '^transfer +- haul_memcpy +2 ' table
	grep -E '^once +- volatile +4 ' table
}

makes_a_page() {
	timeout 5m "$bench" --time 1 --reps 2 -p sweep,cursor,device,virtqueue -r transfer,once,io_read,virtqueue \
		-s 8,64 -d 0 -a 0 --html page.html >table
	local heading
	for heading in 'Cursors' 'Device memory' 'Virtqueues'; do
		grep -F "<h2>$heading</h2>" page.html >found
	done
	grep -F 'difference' page.html >found
}

refuses() {
	status 2 "$bench" -r nonsense
	says 'haul-bench: no nonsense in this benchmark'
	status 2 "$bench" -p nonsense
	status 2 "$bench" -c nonsense
	status 2 "$bench" -s 1x
}

plan 9
ok tool_bench_lists_contestants lists_contestants
ok tool_bench_sweeps_memory sweeps_memory
ok tool_bench_sweeps_transfers sweeps_transfers
ok tool_bench_adds_to_words_and_lists adds_to_words_and_lists
ok tool_bench_copies_devices copies_devices
ok tool_bench_turns_virtqueues turns_virtqueues
ok tool_bench_tells_tables tells_tables
if /usr/bin/python3 -c 'import matplotlib' 2>/dev/null; then
	ok tool_bench_makes_a_page makes_a_page
else
	skip tool_bench_makes_a_page 'python3-matplotlib is not installed'
fi
ok tool_bench_refuses refuses
