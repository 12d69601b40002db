# SPDX-License-Identifier: MIT
"""triagectl explain on a terminal, and triagectl replay on what the database has; all
else of them is in tests/golden/ctl."""
import json
import os
import re
import shutil
import subprocess

import psycopg
import pytest

import support
from terminal import Terminal

SMALL = support.ROOT / "tests/data/rules-small"
PROGRAM = support.build_folder() / "triagectl"
HOSTILE = ("\x1b]0;owned\x07My student ⟦Kaito⟧ would like \x1b[7mto have a break, I have told them. "
           "\x9b31m \u202eright to left ⟧⟦")
DAYS = ["2026-01-12", "2026-01-13", "2026-02-02"]
DAEMON_OPTIONS = ("--accept-received-at",)


def text_on_terminal(text, **more):
    window = Terminal([PROGRAM, "explain", "--rules", SMALL, "--cache", support.CACHE, text],
                      {"PATH": os.environ["PATH"], "TRIAGED_CONFIG": "", "TERM": "xterm",
                       "LC_ALL": "C.UTF-8", **more})
    try:
        assert window.wait() == 0, window.text
        while not window.closed:
            window.read(0.1)
        return window.text
    finally:
        window.end()


def test_colours_mark_what_was_read():
    text = text_on_terminal("My student Kaito would like to have a break. It was hard.")
    assert "\x1b[1mWhat was written\x1b[0m" in text
    assert "\x1b[1;33mMy student Kaito would like to have a break\x1b[0m. It" in text
    assert "[My student" not in text


def test_a_colour_ends_with_its_line():
    """Where a mark is wrapped: the prefix of the lines is none of what was written."""
    text = text_on_terminal("My student whom I have seen each week for a year now and who is fine "
                            "would like to have a break.")
    lines = text[:text.index("language")].splitlines()
    marked = [line for line in lines if "\x1b[1;33m" in line]
    assert len(marked) == 2, text
    for line in marked:
        assert line.startswith("  | \x1b[1;33m"), text
        assert line.count("\x1b[1;33m") == line.count("\x1b[0m") == 1, text


def test_hostile_text_on_a_terminal_is_shown_and_does_nothing():
    text = text_on_terminal(HOSTILE)
    assert set(re.findall("\x1b(?:\\[[0-9;]*[a-zA-Z])?", text)) == {"\x1b[1m", "\x1b[0m", "\x1b[1;33m"}
    assert not set(text) & set("\x07\x9b\u202e")
    # A line that ends within a mark has its colour ended, too.
    assert all(line.count("\x1b[1;33m") + line.count("\x1b[1m") == line.count("\x1b[0m")
               for line in text.splitlines())
    assert "\\x1b]0;owned\\x07" in text and "[Kaito]" in text


@pytest.mark.parametrize("changes", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colours_where_none_are_wanted(changes):
    text = text_on_terminal("My student Kaito would like to have a break.", **changes)
    assert "\x1b" not in text and "[My student" in text


def replay(*options, text="", status=0):
    done = subprocess.run(
        [PROGRAM, "replay", "--cache", support.CACHE, *map(str, options)], input=text,
        text=True, capture_output=True, check=False, timeout=120,
        env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def kept(database, daemon):
    """Tickets of three days, and their references."""
    client = support.Client(daemon.endpoint)
    try:
        answers = [client.submit(f"day-{day}", support.ticket(
            received_at=f"{day}T10:00:00+01:00", subject="A break",
            body="My student Kaito Mori would like to have a break. I have told them."))
                   for day in DAYS]
    finally:
        client.close()
    return [answer["reference"] for answer in answers]


@pytest.fixture
def changed(tmp_path):
    """The small rules, with another team and another text."""
    folder = shutil.copytree(SMALL, tmp_path / "rules")
    base, = folder.rglob("base.yaml")
    base.write_text(base.read_text().replace("So that we can go on", "To go on"))
    for file in folder.glob("mentor/*.yaml"):
        file.write_text(file.read_text().replace("team: mentorship", "team: coaching"))
    return folder


def test_replay_of_what_is_kept(kept, changed, database):
    where = ("--database", database.conninfo, "--against", SMALL, "--rules", changed, "--json")
    whole = json.loads(replay(*where, "--from", "2026-01-01"))
    assert whole["tickets"] == whole["changed"] == 3
    team, = whole["team"]
    assert (team["before"], team["after"], team["count"]) == ("mentorship", "coaching", 3)
    assert team["ids"] == kept  # in the order of time
    part = json.loads(replay(*where, "--from", "2026-01-13", "--to", "2026-02-02"))
    assert part["tickets"] == 1 and part["team"][0]["ids"] == kept[1:2]
    none = json.loads(replay(*where, "--from", "2026-01-13", "--to", "2026-01-13"))
    assert none["tickets"] == none["changed"] == 0


def test_replay_with_the_same_rules_changes_nothing(kept, database):
    text = replay("--database", database.conninfo, "--against", SMALL, "--rules", SMALL,
                  "--from", "2026-01-01")
    assert re.fullmatch(r"from policy \w{12} to \w{12}: 3 tickets, 0 would be decided otherwise .*\n", text)


def test_replay_order_of_what_is_missing_is_no_difference(tmp_path):
    """The shadow's comparison says so, too. The list in the mail is another, though."""
    folder = shutil.copytree(SMALL, tmp_path / "rules")
    file, = folder.glob("mentor/break.yaml")
    text = file.read_text()
    name, details = (re.search(rf"(?m)^      {field}:\n(?:        .*\n)+", text)[0]
                     for field in ("student_name", "details"))
    file.write_text(text.replace(details, "").replace(name, details + name))
    ticket = support.ticket(subject="A break", body="My student would like a break.")
    told = json.loads(replay("--against", SMALL, "--rules", folder, "--json",
                             text=json.dumps(ticket) + "\n"))
    assert told["missing"] == []
    assert [kind["count"] for kind in told["answer"]] == [1]


def test_replay_writes_nothing(kept, changed, database):
    before = database.rows("SELECT * FROM triaged.ticket ORDER BY 1, 2")
    conninfo = psycopg.conninfo.make_conninfo(
        database.conninfo, options="-c default_transaction_read_only=on")
    told = json.loads(replay("--database", conninfo, "--against", SMALL, "--rules", changed,
                             "--from", "2026-01-01", "--json"))
    assert told["changed"] == 3
    assert database.rows("SELECT * FROM triaged.ticket ORDER BY 1, 2") == before


def test_replay_with_a_wrong_time(kept, database):
    replay("--database", database.conninfo, "--against", SMALL, "--rules", SMALL,
           "--from", "yesterdy", status=1)
