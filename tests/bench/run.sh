#!/bin/sh
# SPDX-License-Identifier: MIT
# The bench: ratios against a baseline of the same run, medians and spread.
#   tests/bench/run.sh [--short]
set -eu
cd "$(dirname "$0")/../.."
short=${1:-}

echo "== deciding: fold, scan and PCRE2 on the hits, against PCRE2 loops"
build/tests/bench/decide_bench $short
echo "== end to end: ZeroMQ to COMMIT to ack, against COPY"
if [ -n "$short" ]; then
	rounds="--rounds 3 --tickets 5000"
else
	rounds="--rounds 5"
fi
# shellcheck disable=SC2086 # words
/usr/bin/python3 tests/bench/end_to_end.py $rounds
echo "== the same with the shipped rules and sentences of the samples, for information"
/usr/bin/python3 tests/bench/end_to_end.py --rules rules --rounds 2 --tickets 10000
echo "== claims: two depths, and under an old snapshot"
tests/bench/claims.py $short
