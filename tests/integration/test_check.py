# SPDX-License-Identifier: MIT
"""triagectl check on the shipped rules: the canonical print reads back, every file fits
the schema that is made from the tables which read it, and nobody waits for it."""
import json
import subprocess

import pytest

import support

RULES = support.ROOT / "rules"


def check(folder, *options, status=0):
    done = subprocess.run(
        [support.build_folder() / "triagectl", "check", "--rules", folder, "--cache", support.CACHE,
         *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def test_the_print_of_the_shipped_rules_reads_back(tmp_path):
    """One file, however large, with the same hash and the same print."""
    first = json.loads(check(RULES, "--json"))
    printed = check(RULES, "--print")
    assert "\n  mentor.break:\n" in printed
    (tmp_path / "all.yaml").write_text(printed)
    again = json.loads(check(tmp_path, "--json"))
    for key in ("policy", "categories", "patterns", "examples"):
        assert again[key] == first[key], key
    assert check(tmp_path, "--print") == printed
