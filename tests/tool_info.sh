#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# haul info, haul bench and the command line itself.
# shellcheck source=tests/tool.sh
source "${srcdir:-.}/tests/tool.sh"

cd "$scratch"
unset HAUL_TUNABLES

tells_the_machine() {
	status 0 "$haul" info --json
	json "j['probes'] == ('-DHAUL_PROBES' in '$LIBRARY_CPPFLAGS')"
	json "j['page_size'] == $(getconf PAGESIZE) and j['system']['machine'] == '$(uname -m)'"
	json 'all(j["topology"][part] >= 1 for part in ("packages", "cores", "threads"))'
	json 'all(c["size"] > 0 and c["count"] >= 1 for c in j["caches"])'
	json 'j["hardware_counters"]["available"] or j["hardware_counters"]["reason"]'
}

one_variant_is_chosen() {
	status 0 "$haul" info --json
	json '{"memcpy", "memmove", "memset"} <= set(j["routines"])'
	json 'all(sum(v["chosen"] for v in r) == 1 for r in j["routines"].values())'
	json 'all(v["usable"] for r in j["routines"].values() for v in r if v["chosen"])'
}

# What can be done to caches has an instruction, what cannot a reason.
cache_maintenance_is_told() {
	status 0 "$haul" info --json
	json '{"clean", "flush", "invalidate"} <= set(j["cache_maintenance"])'
	json 'all(o["instruction"] if o["usable"] else o["reason"]
		for o in j["cache_maintenance"].values() if isinstance(o, dict))'
	json 'j["cache_maintenance"]["block"] > 0 or not j["cache_maintenance"]["clean"]["usable"]'
	status 0 "$haul" info
	grep -E '^cache sync   ' out
	(($(grep -c -E '^  (clean|flush|invalidate) ' out) == 3))
}

# The text names whatever the object holds.
text_has_all() {
	status 0 "$haul" info --json
	/usr/bin/python3 -c 'import json, sys
j = json.load(sys.stdin)
print(*j["features"], *j["thresholds"], *j["routines"], sep="\n")
print(*(v["name"] for r in j["routines"].values() for v in r), sep="\n")' <out >names
	status 0 "$haul" info
	local name
	while read -r name; do
		grep -w -q -e "$name" out || {
			echo "not in the text: $name"
			return 1
		}
	done <names
}

every_usable_variant_can_be_chosen() {
	status 0 "$haul" info --json
	/usr/bin/python3 -c 'import json, sys
for routine, variants in json.load(sys.stdin)["routines"].items():
    for v in variants:
        print(routine, v["name"], v["usable"])' <out >variants
	local routine name usable
	while read -r routine name usable; do
		status 0 env HAUL_TUNABLES="$routine=$name" "$haul" info --json
		json "[v['chosen'] for v in j['routines']['$routine'] if v['name'] == '$name'] == [$usable]"
		json "len(j['tunables']['bad']) == (0 if $usable else 1)"
	done <variants
}

bad_tunables_are_named() {
	export HAUL_TUNABLES='memcpy=sse3000,nt_threshold=1m,nonsense,,nt_threshold=1x'
	status 0 "$haul" info --json
	json '[b["item"] for b in j["tunables"]["bad"]] == ["memcpy=sse3000", "nonsense", "nt_threshold=1x"]'
	json 'all(b["reason"] for b in j["tunables"]["bad"])'
	json 'j["thresholds"]["nt_threshold"]["value"] == 1 << 20'
	status 0 "$haul" info
	grep -E '^  memcpy=sse3000: .+; ignored$' out
	grep -E '^  nonsense: .+; ignored$' out
	(($(grep -c '; ignored$' out) == 3))
}

help_and_version() {
	local command
	for command in '' info copy; do
		# shellcheck disable=SC2086 # nothing, or one word
		status 0 "$haul" $command --help
		grep "Usage: haul $command" out
		# shellcheck disable=SC2086
		status 0 "$haul" $command --version
		grep -E '^haul [0-9]+\.[0-9]+\.[0-9]+ ' out
	done
}

wrong_command_lines() {
	status 2 "$haul"
	says "haul: no command given"
	status 2 "$haul" nonsense
	says "haul: nonsense: no such command"
	status 2 "$haul" --nonsense
	status 2 "$haul" info --nonsense
	status 2 "$haul" info more
	says "haul info: more: "
}

full_output_is_an_error() {
	local option
	for option in '' --json; do
		# shellcheck disable=SC2016,SC2086 # for the inner shell; nothing, or one word
		status 1 bash -c '"$@" >/dev/full' - "$haul" info $option
		says "haul info: standard output: No space left on device"
	done
}

bench_hands_over() {
	mkdir libexec
	cat >libexec/haul-bench <<-'PROGRAM'
		#!/bin/sh
		printf '<%s>' "$@"
		exit 7
	PROGRAM
	chmod +x libexec/haul-bench
	HAUL_LIBEXEC=libexec status 7 "$haul" bench --json 'two words' --help
	[[ $(cat out) == '<--json><two words><--help>' ]]
}

bench_missing() {
	HAUL_LIBEXEC=$PWD/nowhere status 2 "$haul" bench
	says "haul bench: haul-bench: not installed in $PWD/nowhere"
	(($(wc -l <err) == 1))
}

plan 11
ok tool_info_tells_the_machine tells_the_machine
ok tool_info_one_variant_is_chosen one_variant_is_chosen
ok tool_info_cache_maintenance_is_told cache_maintenance_is_told
ok tool_info_text_has_all text_has_all
ok tool_info_every_usable_variant_can_be_chosen every_usable_variant_can_be_chosen
ok tool_info_bad_tunables_are_named bad_tunables_are_named
ok tool_help_and_version help_and_version
ok tool_wrong_command_lines wrong_command_lines
ok tool_full_output_is_an_error full_output_is_an_error
ok tool_bench_hands_over bench_hands_over
ok tool_bench_missing bench_missing
