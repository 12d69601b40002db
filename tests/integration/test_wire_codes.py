# SPDX-License-Identifier: MIT
"""Every code that the sources can put on the wire is explained in schemas/wire.md,
and nothing else is."""
import re

from support import ROOT

SOURCES = {path.name: path.read_text() for path in sorted((ROOT / "daemon").glob("*.c"))}
PAGE = (ROOT / "schemas" / "wire.md").read_text()


def explained(title):
    """The codes of the first column of the table under a title."""
    section = PAGE.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| ")]
    return {code for cell in rows for code in re.findall(r"`([a-z0-9_]+)`", cell)}


def in_sources(pattern):
    return {code for text in SOURCES.values() for code in re.findall(pattern, text)}


def test_error_codes():
    faults = in_sources(r'\[WIRE_[A-Z0-9_]+\] = \{"([a-z0-9_]+)"')
    later = in_sources(
        r'wire_request_error\(&[a-z>.-]+,\s*STR\("[a-z._]*"\),\s*STR\("([a-z_]+)"\)')
    assert len(faults) > 15 and len(later) > 1
    assert explained("Error codes") == faults | later


def test_warning_codes():
    warned = in_sources(r'draft_warn\([^;]*?STR\("([a-z_]+)"\)\);')
    warned |= in_sources(r'pipeline_answer_warn\([^;]*?STR\("([a-z_]+)"\)\);')
    assert len(warned) > 4
    assert explained("Warning codes") == warned
