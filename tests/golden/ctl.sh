#!/bin/sh
# SPDX-License-Identifier: MIT
# Golden tests of triagectl: each folder under ctl/ has "command" (arguments, one
# shell line), perhaps "input" (standard input), and what is expected: "output"
# (both streams, policy names as HASH) and, unless 0, "status". UPDATE=1 writes
# what comes now. TRIAGECTL names another program.
set -u
cd "$(dirname "$0")/../.." || exit 2
ctl=${TRIAGECTL:-build/triagectl}
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
unset NO_COLOR XDG_RUNTIME_DIR
unset TRIAGED_DATABASE TRIAGED_AGENT TRIAGED_FOLLOW_UP_TOKEN
export LC_ALL=C.UTF-8 TZ=Europe/Paris
export TRIAGED_CONFIG= # not what this machine has

for folder in tests/golden/ctl/*/; do
	folder=${folder%/}
	input=/dev/null
	[ ! -e "$folder/input" ] || input=$folder/input
	eval "set -- $(cat "$folder/command")"
	"$ctl" "$@" <"$input" >"$work/raw" 2>&1
	echo $? >"$work/status"
	sed -E 's/\b[0-9a-f]{64}\b/HASH/g; s/(policy|to) [0-9a-f]{12}\b/\1 HASH/g' \
	    "$work/raw" >"$work/output"
	if [ -n "${UPDATE:-}" ]; then
		cp "$work/output" "$folder/output"
		rm -f "$folder/status"
		[ "$(cat "$work/status")" -eq 0 ] || cp "$work/status" "$folder/status"
	fi
	[ ! -e "$folder/status" ] || wanted=$(cat "$folder/status")
	[ -e "$folder/status" ] || wanted=0
	if cmp -s "$work/output" "$folder/output" && [ "$(cat "$work/status")" -eq "$wanted" ]; then
		passed=$((passed + 1))
		continue
	fi
	failed=$((failed + 1))
	echo "$folder: exit status $(cat "$work/status"), expected $wanted"
	diff "$folder/output" "$work/output"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
