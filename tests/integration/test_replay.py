# SPDX-License-Identifier: MIT
"""Replaying tickets that are kept: the same as from a file, by whom the owner allows it."""
import json
import os
import re
import subprocess

import psycopg
import pytest

import support
from support import ticket

OLD = support.ROOT / "tests" / "data" / "rules-small"
NEW = support.ROOT / "tests" / "data" / "rules-decide"
# Rules differ on the second; the third has all that a ticket can have.
TICKETS = {
    "plain": ticket(),
    "transfer": ticket(subject="", body="transfer alpha", form_locale="fr"),
    "whole": ticket(reason="mentor.novice", requester={"name": "Zoë \"Z\" Ünal", "email": "zoe@example.org"},
                    fields={"student_name": "Jean Dupont", "attempts": 3, "names": ["a", "b"]},
                    attachments=[{"name": "sheet.pdf", "type": "application/pdf", "field": "sheet", "size": 9},
                                 {"name": "b.png", "data": b"secret content"}]),
}
ROLES = {"t_replay_ops": "IN ROLE triaged_ops", "t_replay_agent": "IN ROLE triaged_agent",
         "t_replay \"x\" y": "", "triaged_mail": None, "triaged_daemon": None}


@pytest.fixture(scope="module")
def kept(cluster):
    """Tickets that a daemon has taken, and logins of each role."""
    database = support.Database(cluster, cluster.new_database())
    daemon = support.Daemon(database.conninfo, rules=OLD)
    client = None
    try:
        daemon.start().wait_for_database()
        client = support.Client(daemon.endpoint)
        for key, sent in TICKETS.items():
            assert client.submit(key, sent)["status"] == "accepted", daemon.log()
        assert daemon.stop() == 0
    finally:
        if client:
            client.close()
        daemon.remove()
    for role, groups in ROLES.items():
        if groups is not None:
            name = psycopg.sql.Identifier(role)
            database.execute(psycopg.sql.SQL("CREATE ROLE {} LOGIN " + groups).format(name))
    yield database
    for role, groups in ROLES.items():
        if groups is not None:
            name = psycopg.sql.Identifier(role)
            database.execute(psycopg.sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(name))


def replay(database, role=None, *options, lines=None, zone="UTC"):
    where = database.conninfo if role is None else psycopg.conninfo.make_conninfo(database.conninfo, user=role)
    source = [] if lines else ["--from", "2020-01-01", "-d", where]
    return subprocess.run(
        [support.build_folder() / "triagectl", "replay", "--against", OLD, "--rules", NEW, "--cache",
         support.CACHE, "--json", *source, *options], input=lines, text=True, capture_output=True,
        env={**os.environ, "PGTZ": zone})


def as_line(key, sent, received_at):
    """As a file would have it, without the contents."""
    files = [{name: value for name, value in {"size": len(one.get("data", b"")), **one}.items() if name != "data"}
             for one in sent.get("attachments", [])]
    return json.dumps({**sent, "attachments": files, "id": key, "received_at": received_at})


def test_the_same_as_from_a_file(kept):
    names = {bytes(key).decode(): (reference, at.isoformat(timespec="milliseconds")) for key, reference, at in
             kept.rows("SELECT key, k.reference, received_at FROM triaged.ticket_key k"
                       " JOIN triaged.ticket USING (ticket_id)")}
    lines = "\n".join(as_line(names[key][0], sent, names[key][1]) for key, sent in TICKETS.items())
    done, file = replay(kept), replay(kept, lines=lines)
    assert (done.returncode, done.stderr, file.returncode, file.stderr) == (0, "", 0, "")
    told = json.loads(done.stdout)
    assert (told["tickets"], told["changed"]) == (3, 3)
    assert told == json.loads(file.stdout)
    assert json.loads(replay(kept, None, "--to", "2020-01-02").stdout)["tickets"] == 0


def test_many_pages(kept):
    """More than one page, stored in another order than received, some in the hour that comes twice."""
    try:
        kept.execute(
            "INSERT INTO triaged.ticket SELECT copy.* FROM triaged.ticket AS t, generate_series(1, 400) AS n,"
            " jsonb_populate_record(t, jsonb_build_object('ticket_id', gen_random_uuid(), 'reference',"
            "  to_char(n, 'FM0000') || left(t.reference, 4), 'received_at',"
            "  timestamptz '2026-10-25 00:00Z' + n * 37 % 400 * interval '18 s')) AS copy")
        total = kept.value("SELECT count(*) FROM triaged.ticket")
        assert total == 401 * len(TICKETS)
        for zone in ("Europe/Paris", "UTC"):
            told = json.loads(replay(kept, zone=zone).stdout)
            assert (told["tickets"], told["changed"]) == (total, total), zone
        inside = replay(kept, None, "--from", "2026-10-25T00:30:00Z", "--to", "2026-10-25T01:30:00Z")
        assert json.loads(inside.stdout)["tickets"] == 200 * len(TICKETS)
    finally:
        kept.execute("DELETE FROM triaged.ticket WHERE reference ~ '^[0-9]{4}'"
                     " AND received_at < '2026-10-26'")


@pytest.mark.parametrize("role", ROLES)
def test_role_is_told_the_remedy(kept, role):
    """Refused, with what the owner would type; that typed, it works, and taken back it does not."""
    refused = replay(kept, role)
    assert (refused.returncode, refused.stdout) == (1, "")
    shown = re.search(r"the role (.*) may not read what requesters wrote; connect as the schema's owner"
                      r" \(user=triaged\), or let the owner allow it with: (.*)\n", refused.stderr)
    assert shown, refused.stderr
    assert shown[1].strip('"').replace('""', '"') == role
    with psycopg.connect(kept.conninfo, autocommit=True) as owner:
        owner.execute(shown[2])
        done = replay(kept, role)
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout) == json.loads(replay(kept).stdout)
        owner.execute(re.sub("GRANT (.*) TO ", r"REVOKE \1 FROM ", shown[2].split("; ")[-1]))
    again = replay(kept, role)
    assert again.returncode == 1 and "GRANT SELECT" in again.stderr and "USAGE" not in again.stderr


def test_view_has_no_more_than_rules_ask_for(kept):
    rows = kept.rows("SELECT to_jsonb(v)::text FROM triaged.ticket_as_sent v")
    assert len(rows) == len(TICKETS)
    for secret in ("@example.org", "secret content", "token", kept.value(
            "SELECT follow_up_token FROM triaged.ticket LIMIT 1")):
        assert not any(secret in row for row, in rows), secret


def test_older_schema(kept, cluster):
    older = support.Database(cluster, cluster.new_database())
    older.execute("DROP VIEW triaged.ticket_as_sent")
    done = replay(older)
    assert done.returncode == 78 and '"triagectl db upgrade"' in done.stderr


def test_many_lines(kept):
    """More than are decided at a time: each counted once, in order, and a fault told with its line."""
    requester = {"name": "Jo", "email": "jo@example.org"}
    few = [{"id": f"t{i}", "audience": "mentor", "received_at": "2026-04-15T12:00:00+02:00",
            "requester": requester, "subject": "", "body": body}
           for i, body in enumerate(["payment", "transfer alpha", "alpha"] * 250)]
    lines = [json.dumps(one) for one in few]
    lines[299] = "[]"
    lines[600] = json.dumps({**few[600], "audience": "nobody"})
    got = replay(kept, lines="\n".join(lines))
    assert got.returncode == 1
    assert [line.split(": ")[2] for line in got.stderr.splitlines()] == ["line 300", "line 601"]
    assert got.stderr.endswith("line 601: audience: the rules have no such audience\n")
    table = json.loads(got.stdout)
    assert table["tickets"] == len(lines) - 2
    alone = json.loads(replay(kept, lines="\n".join(lines[:3])).stdout)
    changed = {(row["before"], row["after"]): row for row in table["outcome"]}
    assert changed and len(table["outcome"]) == len(alone["outcome"])
    for row in alone["outcome"]:
        many = changed[row["before"], row["after"]]
        assert many["count"] in (250 * row["count"], 250 * row["count"] - 1, 250 * row["count"] - 2)
        assert many["ids"][0] == row["ids"][0]
