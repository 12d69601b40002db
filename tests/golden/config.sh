#!/bin/sh
# SPDX-License-Identifier: MIT
# Golden tests of the configuration file's diagnostics: each file under config/ is
# checked with "triaged --check" and what it says compared with NAME.expected, whose
# last line is the exit status. UPDATE=1 writes what is said now.
cd "$(dirname "$0")/../.." || exit 2
daemon=$(dirname "${TRIAGECTL:-build/triagectl}")/triaged
passed=0
failed=0
unset XDG_RUNTIME_DIR
export LC_ALL=C.UTF-8 TRIAGED_CONFIG=

for file in tests/golden/config/*.conf; do
	expected=${file%.conf}.expected
	# On the command line so that no file can name other rules.
	actual=$("$daemon" --config "$file" --check --rules tests/data/rules-small 2>&1
		echo "exit status $?")
	[ -z "${UPDATE:-}" ] || printf '%s\n' "$actual" >"$expected"
	if [ "$actual" = "$(cat "$expected")" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$file:"
		printf '%s\n' "$actual" | diff "$expected" -
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
