# SPDX-License-Identifier: MIT
"""The schema's functions, by pgTAP: each file of tests/sql in a database of its own."""
import re
import subprocess

import psycopg
import pytest

import support

FILES = sorted((support.ROOT / "tests" / "sql").glob("*.sql"))


def verdict(text):
    """Why this TAP output is no success; "" when it is one."""
    plan = re.search(r"^1\.\.(\d+)$", text, re.M)
    passed = len(re.findall(r"^ok \d+", text, re.M))
    if re.search(r"^not ok", text, re.M):
        return "not ok"
    if plan is None or passed != int(plan.group(1)):
        return f"{passed} passed of {plan.group(1) if plan else 'no plan'}"
    return ""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_pgtap(cluster, path):
    name = cluster.new_database()
    with cluster.connect(name) as connection:
        connection.execute("CREATE EXTENSION pgtap")
    done = subprocess.run(
        ["psql", "-X", "-A", "-t", "-f", path, "-d",
         psycopg.conninfo.make_conninfo(cluster.run("superconninfo"), dbname=name)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0 and verdict(done.stdout) == "", done.stdout


def test_verdict():
    assert FILES
    assert verdict("1..2\nok 1 - a\nok 2 - b\n") == ""
    assert verdict("1..2\nok 1 - a\n") and verdict("ok 1\n") and verdict("1..1\nnot ok 1 - a\n")
