#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the tests, ring by ring, and counts.
#
#   tests/run.sh [RING…]     unit golden fuzz integration; without any, all four
#
# Programs built with SAN=1 (build/san) are taken where they are there. The last
# line alone says "N passed, N failed"; exit status 0 only when none failed.
set -u
cd "$(dirname "$0")/.." || exit 2

python=${PYTHON:-/usr/bin/python3}
build=build
[ -x build/san/triaged ] && build=build/san
export TRIAGED_BUILD="$build"
export TRIAGED_CONFIG= # not what this machine has
rings=${*:-unit golden fuzz integration}
passed=0
failed=0
summary=
cluster=
output=$(mktemp -d "${TMPDIR:-/tmp}/triaged-tests-XXXXXX") || exit 2

finish() {
	status=$?
	trap - EXIT
	[ -z "$cluster" ] || tools/cluster.sh remove "$cluster" >/dev/null 2>&1
	rm -rf "$output"
	exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Adds to the counts and to the ring's.
count() {
	passed=$((passed + $1))
	failed=$((failed + $2))
	ring_passed=$((ring_passed + $1))
	ring_failed=$((ring_failed + $2))
}

# A number before a word in a line: "12 passed, 3 failed".
number_of() {
	sed -n "s/.*\b\([0-9][0-9]*\) $1.*/\1/p" "$2" | tail -n 1 | grep . || echo 0
}

# One program that is one test, or that says how many cmocka tests it had.
run_program() {
	name=$1
	shift
	"$@" >"$output/log" 2>&1
	judge "$name" $? "$output/log"
}

# Counts by what such a program said, and its exit status.
judge() {
	name=$1
	status=$2
	log=$3
	good=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log" | tail -n 1)
	bad=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test.*/\1/p' "$log" | tail -n 1)
	good=${good:-0}
	bad=${bad:-0}
	if [ "$status" -eq 0 ]; then
		[ $((good + bad)) -gt 0 ] || good=1
	elif [ "$bad" -eq 0 ]; then
		bad=1 # it ended before it could count
	fi
	count "$good" "$bad"
	if [ "$status" -eq 0 ] && [ "$bad" -eq 0 ]; then
		echo "  ok    $name ($good)"
	else
		echo "  FAIL  $name, exit status $status:"
		sed 's/^/        /' "$log"
	fi
}

# What was not built is a failure: a ring that runs nothing proves nothing.
missing() {
	count 0 1
	echo "  FAIL  $1"
}

run_unit() {
	cluster=/var/tmp/triaged-unit-$(id -u)-$$
	if tools/cluster.sh start --fresh "$cluster" >"$output/log" 2>&1; then
		TRIAGED_TEST_CONNINFO=$(tools/cluster.sh conninfo "$cluster")
		export TRIAGED_TEST_CONNINFO
	else
		missing "no PostgreSQL: $(tail -n 1 "$output/log")"
	fi
	# As many at a time as there are cores, each with a log and a status of its own.
	for source in tests/unit/*_test.c; do
		program=$build/${source%.c}
		[ -x "$program" ] || program=build/${source%.c}
		[ ! -x "$program" ] || echo "$program"
	done | xargs -n 1 -P "$(nproc)" sh -c \
	    '"$1" >"$0/${1##*/}" 2>&1; echo $? >"$0/${1##*/}.status"' "$output"
	for source in tests/unit/*_test.c; do
		name=${source#tests/unit/}
		log=$output/${name%.c}
		if [ -f "$log.status" ]; then
			judge "$name" "$(cat "$log.status")" "$log"
		else
			missing "$name is not built (make SAN=1 units)"
		fi
	done
	tools/cluster.sh remove "$cluster" >/dev/null 2>&1
	cluster=
	unset TRIAGED_TEST_CONNINFO
}

# The diagnostics of the rules and of the configuration, and what triagectl says.
run_golden() {
	for script in tests/golden/run.sh tests/golden/ctl.sh tests/golden/config.sh; do
		TRIAGECTL=$build/triagectl $script >"$output/log" 2>&1
		status=$?
		sed 's/^/  /' "$output/log"
		good=$(number_of passed "$output/log")
		bad=$(number_of failed "$output/log")
		if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ] || [ $((good + bad)) -eq 0 ]; then
			bad=$((bad + 1))
		fi
		count "$good" "$bad"
	done
}

# Each target over its corpus and the same mutations in every run.
run_fuzz() {
	for source in tests/fuzz/*_fuzz.c; do
		name=$(basename "$source" _fuzz.c)
		program=$build/tests/fuzz/${name}_fuzz
		[ -x "$program" ] || program=build/tests/fuzz/${name}_fuzz
		if [ ! -x "$program" ]; then
			missing "${name}_fuzz is not built (make SAN=1 fuzzers)"
		elif [ ! -d "tests/fuzz/corpus/$name" ]; then
			missing "${name}_fuzz has no tests/fuzz/corpus/$name"
		else
			run_program "${name}_fuzz" "$program" "tests/fuzz/corpus/$name"
		fi
	done
}

run_integration() {
	# The scan of the shipped rules compiles much faster outside the sanitizers.
	build/triagectl check --rules rules --cache build/cache-tests >/dev/null 2>&1
	# One more than cores: much of the time is waiting. A file stays in one process.
	share=
	if "$python" -c 'import xdist' 2>/dev/null; then
		share="-n $(($(nproc) + 1)) --dist loadfile"
	fi
	# shellcheck disable=SC2086
	"$python" -m pytest -p no:cacheprovider -q -rs $share tests/chaos tests/integration \
	    >"$output/log" 2>&1
	status=$?
	sed 's/^/  /' "$output/log"
	good=$(number_of passed "$output/log")
	bad=$(($(number_of failed "$output/log") + $(number_of error "$output/log")))
	if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
		bad=1
	fi
	count "$good" "$bad"
}

for ring in $rings; do
	case $ring in
	unit | golden | fuzz | integration) ;;
	*)
		echo "tests/run.sh: no ring '$ring'; there are unit, golden, fuzz, integration" >&2
		exit 2
		;;
	esac
done
case $build in
*/san) echo "tests/run.sh: the sanitized build, $build (make SAN=1)" ;;
*) echo "tests/run.sh: the plain build, $build; SAN=1 would build the sanitized one" ;;
esac
for ring in $rings; do
	ring_passed=0
	ring_failed=0
	echo "== $ring"
	"run_$ring"
	summary="$summary$(printf '%-12s %5d passed %5d failed' "$ring" "$ring_passed" "$ring_failed")
"
done
echo
printf '%s' "$summary"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
