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
	/usr/bin/python3 tests/bench/end_to_end.py --rounds 3 --tickets 5000
else
	/usr/bin/python3 tests/bench/end_to_end.py
fi
