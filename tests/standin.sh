#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The stand-in for Criterion: every outcome, and on the same tests the names,
# verdicts and closing line that Criterion itself gives.
# shellcheck source=tests/house.sh
source "${srcdir:-.}/tests/house.sh"

sample=$scratch/sample
read -r -a emulator <<<"${EMULATOR:-}"

build() {
	"${cc[@]}" "${cflags[@]}" -D_GNU_SOURCE -I"$srcdir/tests/standin" -I"$srcdir/tests" \
		"$srcdir/tests/standin/sample.c" "$srcdir/tests/standin/standin.c" "$srcdir/tests/linux/standin.c" \
		-o "$sample"
}

# verdicts PROGRAM: what tests/tap.sh makes of it, without comments, sorted.
verdicts() {
	bash "$srcdir/tests/tap.sh" "$1" | sed -n -E 's/ (unexpected signal|timed out).*//; s/ +#/ #/; /^(not )?ok /p' | sort
}

# closing PROGRAM [FILTER]: its last line, and that its status says that a test
# failed.
closing() {
	local said status=0
	said=$("${emulator[@]}" "$1" -j1 --filter "${2-*}" 2>&1) || status=$?
	((status == 1)) && grep -o '\[====\] Synthesis: .*' <<<"$said"
}

expected_verdicts() {
	cat <<'END'
not ok - first_says_the_message
not ok - first_says_what_is_false
not ok - second_crashes
not ok - second_exits_badly
not ok - second_runs_out_of_time
ok - first_passes
ok - first_skips # SKIP because of this
ok - second_exits_well
ok - third_does_not_die_of_a_caught_signal
END
}

each_outcome() {
	diff <(expected_verdicts) <(verdicts "$sample")
}

plan_comes_first() {
	[[ $("${emulator[@]}" "$sample" --tap | sed -n 2p) == 1..9 ]]
}

# says WORDS: the lines about failures have them.
says() {
	bash "$srcdir/tests/tap.sh" "$sample" | grep -F -e "$1"
}

filters() {
	diff <(printf 'second::%s\n' crashes exits_badly exits_well runs_out_of_time) \
		<("${emulator[@]}" "$sample" --list --filter 'second/*')
	"${emulator[@]}" "$sample" --filter 'first/passes'
}

closes() {
	[[ $(closing "$sample") == '[====] Synthesis: Tested: 8 | Passing: 3 | Failing: 5 | Crashing: 1 ' ]]
}

# closes_alike FILTER: as Criterion does.
closes_alike() {
	local expected
	expected=$(closing "$scratch/genuine" "$1")
	diff - <(closing "$sample" "$1") <<<"$expected"
}

as_criterion() {
	local flags
	read -r -a flags <<<"$(pkg-config --cflags --libs criterion)"
	"${cc[@]}" "${cflags[@]}" -D_GNU_SOURCE "$srcdir/tests/standin/sample.c" -o "$scratch/genuine" "${flags[@]}"
	diff <(verdicts "$scratch/genuine") <(verdicts "$sample")
	# Criterion reports a test that ran out of time late, in the middle of that line.
	closes_alike 'first/*'
	closes_alike '*/crashes'
}

plan 7
ok "builds: without a warning" build
ok "outcomes: each has its verdict" each_outcome
ok "plan: the number of tests comes first" plan_comes_first
ok "says: what is false, where, and the message" says "The expression 1 + 1 == 3 is false."
ok "filter: --list and --filter" filters
ok "closes: with Criterion's line" closes
if [[ -n ${EMULATOR:-} ]] || ! pkg-config --exists criterion; then
	skip "criterion: the same verdicts and closing line" "Criterion is not there for this port"
else
	ok "criterion: the same verdicts and closing line" as_criterion
fi
