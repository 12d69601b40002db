# SPDX-License-Identifier: MIT
"""A database with teams, agents and tickets, for tests of what agents do; no daemon."""
import json

TEAMS = ("north", "south", "east")
LOCALES = ("en", "fr")

POLICY = {
    "teams": [{"name": team, "title": {"en": team}} for team in TEAMS],
    "priorities": [{"name": "urgent", "target_ms": 3600000}, {"name": "normal", "target_ms": 86400000}],
    "categories": [{"name": f"{team}.{kind}", "audience": "mentor", "team": team, "priority": priority}
                   for team in TEAMS for kind, priority in (("a", "normal"), ("b", "urgent"))],
}

# As the store writes tickets: all rows of many in one statement.
ADD = """
WITH made AS (
    SELECT gen_random_uuid() AS ticket_id, n, %(teams)s::text[] AS teams, %(locales)s::text[] AS locales
    FROM generate_series(%(first)s, %(first)s + %(count)s - 1) n
), row AS (
    SELECT ticket_id, 'R' || lpad(n::text, 7, '0') AS reference, n,
           teams[1 + n %% cardinality(teams)] AS team,
           locales[1 + n / 7 %% cardinality(locales)] AS locale,
           clock_timestamp() + make_interval(mins => (n::bigint * 7919 %% 240 - 60)::int) AS due_at FROM made
), key AS (
    INSERT INTO triaged.ticket_key
    SELECT 'form', n::text::bytea, ticket_id, reference, '\\x00', 1 FROM row
), stored AS (
    INSERT INTO triaged.ticket (ticket_id, reference, audience, locale, received_at, clock_from_sender,
        requester_email, subject, body, fields, attachments, category, outcome, team, priority,
        missing, found, confidence, explanation, policy, follow_up_token)
    SELECT ticket_id, reference, 'mentor', locale, clock_timestamp(), false, 'dana@example.org',
           'Subject', 'Body', '{}', '[]', team || '.a', 'routed', team, 'normal', '{}', '{}', 1, '{}',
           '\\x00', 'secret-token-' || n FROM row
), placed AS (
    INSERT INTO triaged.queue (ticket_id, team, priority, state, due_at, received_at, locale, category)
    SELECT ticket_id, team, 'normal', 'queued', due_at, clock_timestamp(), locale, team || '.a' FROM row
    RETURNING team, priority, state, triaged.due_slot(due_at) AS due
)
INSERT INTO triaged.queue_depth_delta (team, priority, state, due, delta)
SELECT team, priority, state, due, count(*) FROM placed GROUP BY 1, 2, 3, 4
"""

DEPTH = "SELECT team, priority, state, depth FROM triaged.queue_depth ORDER BY 1, 2, 3"
RECOUNT = "SELECT team, priority, state, count(*) FROM triaged.queue GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"


def register_policy(database):
    database.rows("SELECT triaged.register_policy(%s, %s, %s)", b"\0" * 32, "", json.dumps(POLICY))


def add_agent(database, name, teams=TEAMS, locales=LOCALES, login=None):
    database.rows("SELECT triaged.agent_add(%s, %s, %s, %s, %s)", name, name.title(), list(teams),
                  list(locales), login)


def add_tickets(connection, first, count, teams=TEAMS):
    connection.execute(ADD, {"first": first, "count": count, "teams": list(teams),
                             "locales": list(LOCALES)})
