# SPDX-License-Identifier: MIT
"""What is kept as the reason of a decision is what "triagectl classify" prints."""
import json
import subprocess

import pytest

from support import CACHE, SHIPPED, build_folder, ticket

DAEMON_RULES = SHIPPED

TICKETS = {
    "vague": ticket(),
    "break": ticket(subject="I need a break", body="I would like to take a break from my "
                    "sessions, I am on holiday until 12 March 2026.", reason="mentor.moonwalk"),
    "boxes": ticket(subject="Payment", body="I was not paid for my session, the invoice is "
                    "missing and the session was a no-show.", fields={"shoe_size": 42},
                    attachments=[{"name": "screenshot.png", "type": "image/png", "size": 12}]),
}


@pytest.mark.parametrize("name", TICKETS)
def test_kept_as_printed(client, database, name):
    number = client.submit(f"why-{name}", TICKETS[name])["ticket"]
    kept = database.value(
        "SELECT explanation FROM triaged.ticket WHERE ticket_id = %s", number)
    printed = json.loads(subprocess.run(
        [build_folder() / "triagectl", "classify", "--rules", SHIPPED, "--cache", CACHE], check=True,
        input=json.dumps({"id": name, **TICKETS[name]}), text=True,
        stdout=subprocess.PIPE).stdout)
    for part in ("evidence", "runner_up", "candidates", "warnings"):
        assert kept[part] == printed[part], part
    losers = [one for one in kept["candidates"] if one["category"] != printed["category"]]
    assert all("why_not" in one for one in losers[:3])
