# SPDX-License-Identifier: MIT
"""The bench runs, finds its three ways to agree, and prints its tables. Never a time:
how fast this machine is now says nothing about the code."""
import subprocess

import pytest

import support

BENCH = support.ROOT / "build" / "tests" / "bench"  # always the plain build
NEEDED = [BENCH / "decide_bench", BENCH / "load_bench", support.ROOT / "build" / "triaged",
          support.ROOT / "build" / "triagectl"]
pytestmark = pytest.mark.skipif(
    not all(path.exists() for path in NEEDED), reason="not built: make programs benches")


def run(*command):
    done = subprocess.run(command, cwd=support.ROOT, text=True, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_deciding():
    table = run(BENCH / "decide_bench", "--short", "--runs", "1")
    assert table.count("loop / scan") == table.count("folded / scan") == 3
    assert "600 patterns with gaps" in table


def test_end_to_end():
    table = run("/usr/bin/python3", "tests/bench/end_to_end.py", "--rounds", "1", "--tickets", "500")
    for row in ("round 1: ", "durable tickets/s, acked", "raw COPY", "ratio", "latency p50 / p99"):
        assert row in table, row


def test_claims():
    table = run("/usr/bin/python3", "tests/bench/claims.py", "--short")
    for row in ("ratio great / small", "ratio held / not", "queue_depth ms, held"):
        assert row in table, row
