# SPDX-License-Identifier: MIT
"""A database of the first schema, with tickets in it, becomes one of today."""
import hashlib
import shutil
import subprocess

import pytest

import agents
import support

# What databases have been made by: "db upgrade" refuses where one of these files is
# another now. What they make is changed by a new file.
MADE_BY = {"001_tickets": "8886b6d5249928c3", "002_agents": "f0682bec9a08644a",
           "003_mail": "4b9d7d17e4a626ff", "004_follow_up": "43a5661e18556e73",
           "005_roles": "2701936476ba61ee"}
FIRST = """
WITH made AS (
    SELECT n, gen_random_uuid() AS ticket_id,
           CASE WHEN n % 3 = 0 THEN 'waiting' ELSE 'queued' END AS state FROM generate_series(1, 30) n
), key AS (
    INSERT INTO triaged.ticket_key
    SELECT 'form', n::text::bytea, ticket_id, 'R' || lpad(n::text, 7, '0'), '\\x00', 1 FROM made
), stored AS (
    INSERT INTO triaged.ticket (ticket_id, reference, audience, locale, received_at, clock_from_sender,
        requester_email, subject, body, fields, attachments, category, outcome, team, priority, missing,
        found, confidence, explanation, policy, follow_up_token)
    SELECT ticket_id, 'R' || lpad(n::text, 7, '0'), 'mentor', CASE WHEN n % 2 = 0 THEN 'fr' ELSE 'en' END,
           clock_timestamp(), false, 'dana@example.org', 'Subject', 'Body', '{}', '[]', 'north.a',
           CASE state WHEN 'waiting' THEN 'needs_info' ELSE 'routed' END, 'north', 'normal', '{}', '{}', 1,
           '{}', '\\x00', 'secret-token' FROM made
), counted AS (
    INSERT INTO triaged.queue_depth_delta (team, priority, state, delta)
    SELECT 'north', 'normal', state, count(*) FROM made GROUP BY state
)
INSERT INTO triaged.queue (ticket_id, team, priority, state, due_at, received_at)
SELECT ticket_id, 'north', 'normal', state,
       CASE state WHEN 'queued' THEN clock_timestamp() + make_interval(mins => n) END, clock_timestamp()
FROM made
"""


@pytest.mark.parametrize("name", sorted(MADE_BY))
def test_files_that_databases_were_made_by_stay(name):
    text = (support.ROOT / "schemas" / "sql" / f"{name}.sql").read_bytes()
    assert hashlib.sha256(text).hexdigest()[:16] == MADE_BY[name]


def upgrade(database, folder):
    subprocess.run([support.build_folder() / "triagectl", "db", "upgrade", "--sql", folder, "--database",
                    database.conninfo], check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_tickets_of_the_first_schema(cluster, tmp_path):
    database = support.Database(cluster, cluster.new_database(schema=False))
    shutil.copy(support.ROOT / "schemas" / "sql" / "001_tickets.sql", tmp_path)
    upgrade(database, tmp_path)
    database.execute(FIRST)
    upgrade(database, support.ROOT / "schemas" / "sql")
    assert database.rows(agents.DEPTH) == database.rows(agents.RECOUNT) == [
        ("north", "normal", "queued", 20), ("north", "normal", "waiting", 10)]
    database.rows("SELECT triaged.tidy()")
    assert database.rows(agents.DEPTH) == database.rows(agents.RECOUNT)
    agents.register_policy(database)
    agents.add_agent(database, "nora", ["north"])
    assert database.rows("SELECT category, reference FROM triaged.claim('nora')") == [("north.a", "R0000001")]
    assert database.value("SELECT locale FROM triaged.my_tickets") == "en"
