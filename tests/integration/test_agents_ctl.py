# SPDX-License-Identifier: MIT
"""triagectl for agents: tickets taken, worked on and given back, by commands
that keep a lease in a file and in the foreground of a terminal."""
import json
import os
import secrets
import signal
import subprocess
import threading

import pytest

import support
from terminal import Terminal

TEAM = "mentorship"
PROGRAM = support.build_folder() / "triagectl"


class Desk:
    """One agent's shell: its environment, its state folder, its commands."""

    def __init__(self, database, client, folder, agent="dana"):
        self.database = database
        self.client = client
        self.state = folder
        self.environment = {**os.environ, "TRIAGED_DATABASE": database.conninfo,
                            "TRIAGED_AGENT": agent, "XDG_STATE_HOME": str(folder), "TERM": "dumb",
                            "TZ": "UTC", "VISUAL": ""}

    def run(self, *arguments, text="", status=0, **more):
        got = subprocess.run(
            [PROGRAM, *map(str, arguments)], input=text, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env={**self.environment, **more}, timeout=120)
        assert got.returncode == status, got.stdout + got.stderr
        return got

    def json(self, *arguments, **more):
        return json.loads(self.run(*arguments, "--json", **more).stdout)

    def submit(self, count=1, **changes):
        """New tickets of the team, and their references."""
        made = []
        for i in range(count):
            answer = self.client.submit(secrets.token_hex(8), support.ticket(
                subject=f"Question {i}", **changes))
            assert answer["status"] == "accepted" and answer["team"] == TEAM, answer
            assert answer["outcome"] == "routed", answer
            made.append(answer["reference"])
        return made

    def take(self, reference=None):
        return self.json("next", *(["--ticket", reference] if reference else []))

    def place(self, reference):
        """State, holder, token, and the lease's end; None when it is closed."""
        rows = self.database.rows(
            "SELECT q.state, q.holder, q.lease_token, q.ends_at FROM triaged.queue q "
            "JOIN triaged.ticket t USING (ticket_id) WHERE t.reference = %s", reference)
        return rows[0] if rows else None

    def files(self):
        return sorted((self.state / "triaged").glob("*"))

    def notes(self, reference):
        return [body for body, in self.database.rows(
            "SELECT m.body FROM triaged.message m JOIN triaged.ticket t USING (ticket_id) "
            "WHERE t.reference = %s AND m.kind = 'note' ORDER BY m.message_no", reference)]

    def mails(self, reference):
        return [body for body, in self.database.rows(
            "SELECT o.body FROM triaged.outbox o JOIN triaged.ticket t USING (ticket_id) "
            "WHERE t.reference = %s AND o.kind = 'reply' ORDER BY o.created_at", reference)]

    def steal(self, reference, agent="luc"):
        """The lease runs out, and somebody else takes the ticket."""
        self.database.rows(
            "WITH over AS (UPDATE triaged.queue q SET ends_at = clock_timestamp() "
            "FROM triaged.ticket t WHERE t.ticket_id = q.ticket_id AND t.reference = %s RETURNING 1) "
            "SELECT count(*) FROM over", reference)
        self.database.rows("SELECT * FROM triaged.claim(%s, ticket => %s)", agent, reference)


@pytest.fixture
def desk(database, daemon, client, tmp_path):
    """With an empty queue."""
    database.execute("TRUNCATE triaged.queue, triaged.claim_mark, triaged.queue_depth_delta, "
                     "triaged.queue_depth_total")
    for agent in ("dana", "luc"):
        database.execute("SELECT triaged.agent_add(%s, %s, ARRAY[%s], '{en,fr}')",
                         agent, agent, TEAM)
    return Desk(database, client, tmp_path)


@pytest.fixture
def terminal(desk):
    made = []

    def open_terminal(*arguments, **more):
        made.append(Terminal([PROGRAM, *arguments], {**desk.environment, **more}))
        return made[-1]

    yield open_terminal
    for one in made:
        one.end()


@pytest.fixture
def editor(tmp_path):
    """Makes $EDITOR: a shell script, whose $1 is the file."""
    def make(script):
        path = tmp_path / "the editor"
        path.write_text(f"#!/bin/sh\nset -e\n{script}\n")
        path.chmod(0o755)
        return f"'{path}'"
    return make


def test_agents_are_added_listed_and_disabled(desk):
    desk.run("agent", "add", "noor", "--team", f"{TEAM}, invoicing", "--language", "fr,en",
             "--title", "Noor H")
    listed = {one["agent"]: one for one in desk.json("agent", "list")["agents"]}
    assert listed["noor"] == {
        "agent": "noor", "title": "Noor H", "teams": ["invoicing", TEAM],
        "languages": ["fr", "en"], "login": None, "active": True, "holds": 0}
    desk.run("agent", "disable", "noor")
    assert "disabled" in desk.run("agent", "list").stdout
    assert "not active" in desk.run("next", "--agent", "noor", status=1).stderr
    desk.run("agent", "enable", "noor")
    desk.run("next", "--agent", "noor", status=4)
    assert "there is no agent" in desk.run("agent", "disable", "nobody", status=1).stderr
    assert TEAM in desk.run("agent", "add", "x", "-t", "mentorshp", "-l", "en", status=1).stderr
    desk.run("agent", "add", "noor", status=2)


def test_an_agent_is_its_own_role(desk):
    desk.database.execute("DO $$ BEGIN CREATE ROLE t_ines LOGIN; EXCEPTION"
                          " WHEN duplicate_object THEN NULL; END $$")

    def login(*arguments):
        done = desk.run("agent", "add", *arguments, "-t", TEAM, "-l", "en")
        row, = desk.database.rows("SELECT login FROM triaged.agent WHERE name = %s", arguments[0])
        return row[0], "any role that may take tickets can act as" in done.stderr

    assert login("t_ines") == ("t_ines", False)
    assert login("iris") == (None, True)
    assert login("iris", "--login", "t_ines") == ("t_ines", False)


def test_nothing_to_take(desk):
    assert desk.run("next", status=4).stdout == "No ticket waits for dana.\n"
    assert desk.run("next", "--json", status=4).stdout == "null\n"
    assert desk.run("mine").stdout == "dana holds no ticket.\n"


def test_the_most_pressing_comes_first(desk):
    first, second, third = desk.submit(3)
    desk.database.execute("UPDATE triaged.queue q SET due_at = now() - interval '2 hours' "
                          "FROM triaged.ticket t WHERE t.ticket_id = q.ticket_id AND reference = %s",
                          second)
    page = desk.take()
    assert page["ticket"]["reference"] == second and page["place"]["holder"] == "dana"
    assert desk.take()["ticket"]["reference"] == first
    assert {one["reference"] for one in desk.json("mine")["tickets"]} == {first, second}
    table = desk.run("mine").stdout.splitlines()
    assert len(table) == 3 and table[1].startswith(second) and "h 00 min late" in table[1]
    assert desk.place(third)[0] == "queued"


def test_the_lease_is_kept_for_its_user_alone(desk):
    reference, = desk.submit()
    got = desk.run("next", "--detach")
    token = desk.place(reference)[2]
    folder, (file,) = desk.state / "triaged", desk.files()
    assert folder.stat().st_mode & 0o7777 == 0o700
    assert file.stat().st_mode & 0o7777 == 0o600
    assert len(file.name) == 70 and not set(file.name[:64]) - set("0123456789abcdef")
    assert json.loads(file.read_text())["token"] == str(token)
    assert reference in got.stdout and "I need a reference letter" in got.stdout
    assert '"token"' not in got.stdout + json.dumps(desk.json("show", reference))
    file.chmod(0o644)
    desk.run("done", reference, status=3)  # who else wrote that?
    file.chmod(0o600)
    folder.chmod(0o755)
    desk.run("done", reference.lower())
    assert folder.stat().st_mode & 0o7777 == 0o700
    assert desk.place(reference) is None and desk.files() == []


def test_a_lease_that_cannot_be_kept_is_given_back(desk, tmp_path):
    reference, = desk.submit()
    (tmp_path / "triaged").write_text("no folder")
    assert "was put back" in desk.run("next", status=1).stderr
    assert desk.place(reference)[0] == "queued"


def test_each_step_acts_by_the_kept_lease(desk, tmp_path):
    reference, = desk.submit()
    desk.take()
    end = desk.place(reference)[3]
    renewed = desk.json("renew", reference, "--lease", "2h")
    assert renewed["held"] and desk.place(reference)[3] > end
    assert json.loads(desk.files()[0].read_text())["ends_at"] == renewed["ends_at"]
    desk.run("note", reference, "called twice")
    desk.run("note", reference, "-", text="and wrote\n")
    assert desk.notes(reference) == ["called twice", "and wrote"]
    answer = tmp_path / "answer"
    answer.write_text("Bonjour,\r\n\r\nc'est noté.\n\n")
    assert desk.json("reply", reference, answer)["held"]
    assert not desk.json("reply", reference, "--then", "wait", text="Since when?")["held"]
    assert desk.mails(reference) == ["Bonjour,\n\nc'est noté.", "Since when?"]
    assert desk.place(reference)[0] == "waiting" and desk.files() == []
    page = desk.run("show", reference).stdout
    assert "c'est noté." in page and "called twice" in page and "noted by dana" in page


def test_release_move_and_recategorize(desk):
    back, moved, kept = desk.submit(3)
    for reference in back, moved, kept:
        desk.take(reference)
    desk.run("release", back, "--reason", "no time")
    assert desk.place(back)[0] == "queued" and desk.notes(back) == ["no time"]
    desk.run("move", moved, "invoicing", "--priority", "urgent")
    assert desk.database.rows(
        "SELECT q.team, q.priority, q.state FROM triaged.queue q "
        "JOIN triaged.ticket t USING (ticket_id) WHERE t.reference = %s",
        moved) == [("invoicing", "urgent", "queued")]
    assert desk.json("recategorize", kept, "mentor.break")["held"]
    assert "mentor.break, at first mentor.other" in desk.run("show", kept).stdout
    assert len(desk.files()) == 1
    desk.run("done", kept, "--note", "explained")
    assert desk.notes(kept) == ["explained"] and desk.files() == []
    assert "place      closed" in desk.run("show", kept).stdout


def test_names_that_do_not_exist_are_told_with_near_ones(desk):
    reference, = desk.submit()
    desk.take()
    for arguments, near in ((("move", reference, "mentorshi"), "there are: mentorship,"),
                            (("move", reference, TEAM, "--priority", "hihg"), "there are: high,"),
                            (("recategorize", reference, "mentor.brake"), "there are: mentor.break,"),
                            (("next", "--team", "invoicin"), "there are: invoicing,")):
        assert near in desk.run(*arguments, status=1).stderr
    assert "did you mean 'done'" in desk.run("reply", reference, "--then", "don", status=2,
                                             text="x").stderr
    assert desk.place(reference)[0] == "held" and len(desk.files()) == 1


def test_texts_that_cannot_be_sent(desk, tmp_path):
    reference, = desk.submit()
    desk.take()
    for wrong in (b" \n\n", b"a\x1b[2Jb", b"\xff", b"a\0b", b"\xe2\x80\xae", b"x" * 65537):
        (tmp_path / "t").write_bytes(wrong)
        desk.run("reply", reference, tmp_path / "t", status=2)
    assert desk.mails(reference) == []
    (tmp_path / "t").write_bytes(b"x" * 65536)
    desk.run("reply", reference, tmp_path / "t")


def test_two_agents_race(desk, tmp_path):
    references = desk.submit(12)
    got, lock = [], threading.Lock()

    def take(agent):
        while True:
            answer = subprocess.run(
                [PROGRAM, "next", "--json", "--agent", agent], text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                env=desk.environment)
            with lock:
                got.append((answer.returncode, answer.stdout))
            if answer.returncode != 0:
                return

    threads = [threading.Thread(target=take, args=(agent,)) for agent in ("dana", "luc")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(status for status, _ in got) == [0] * 12 + [4] * 2
    taken = [json.loads(text)["ticket"]["reference"] for status, text in got if status == 0]
    assert sorted(taken) == sorted(references)
    assert len(desk.files()) == 12


@pytest.mark.parametrize("taker", ["luc", "dana"])
def test_a_lost_lease_writes_nothing(desk, tmp_path, taker):
    """Also when the same agent took it again, elsewhere: a name is no fence."""
    for command in (["done"], ["reply", "-"], ["note", "x"], ["release"], ["renew"],
                    ["move", "invoicing"], ["recategorize", "mentor.other"]):
        reference, = desk.submit()
        desk.take(reference)
        desk.steal(reference, taker)
        now = desk.place(reference)
        got = desk.run(command[0], reference, *command[1:], text="too late", status=3)
        assert "the lease is lost, nothing was written" in got.stderr
        assert f"triagectl next --ticket {reference}" in got.stderr
        assert desk.place(reference) == now and desk.files() == []
        assert desk.mails(reference) == [] and desk.notes(reference) == []


def test_another_agents_lease_is_not_used(desk):
    reference, = desk.submit()
    desk.take()
    assert "--agent dana" in desk.run("done", reference, "--agent", "luc", status=1).stderr
    assert len(desk.files()) == 1
    desk.run("done", reference, "--agent", "dana")


def test_tickets_that_cannot_be_taken_or_seen(desk):
    reference, = desk.submit()
    desk.take()
    assert "dana holds" in desk.run("next", "--ticket", reference, "--agent", "luc", status=1).stderr
    desk.run("agent", "add", "out", "--team", "coaching", "--language", "en")
    desk.run("show", reference, "--agent", "out", status=1)
    desk.run("next", "--ticket", reference, "--agent", "out", status=1)
    assert "there is no ticket" in desk.run("show", "00000000", status=1).stderr
    assert "no lease" in desk.run("done", "../../etc/passwd", status=3).stderr
    desk.run("done", status=2)
    desk.run("show", status=2)


def test_no_schema_and_no_database(desk, cluster):
    empty = cluster.conninfo(cluster.new_database(schema=False))
    assert "db upgrade" in desk.run("next", "--database", empty, status=78).stderr
    desk.run("mine", "--database", "host=/no/such/folder", status=69)


def test_the_whole_way_on_a_terminal(desk, terminal, editor):
    reference, last = desk.submit(2)
    write = editor("grep -q 'I need a reference letter' \"$1\"\n"
                   "{ echo 'Enjoy it.'; cat \"$1\"; } >\"$1.new\" && mv \"$1.new\" \"$1\"")
    one = terminal("next", EDITOR=write)
    one.wait_for("I need a reference letter for my visa.")
    one.wait_for(f"You hold {reference} until")
    one.wait_for(f"{reference}> ")
    one.say("frobnicate")
    one.wait_for('There is no "frobnicate" here')
    one.say("note")
    one.wait_for("note > ")
    one.say("spoke with the mentor")
    one.wait_for("has the note")
    one.say("c mentor.brake")
    one.wait_for("there are: mentor.break,")
    one.say("move")
    one.wait_for("invoicing")
    one.say("reply")
    one.wait_for("This will be sent to dana@example.org:\n  > Enjoy it.\n")
    one.wait_for("anything else: no > ")
    one.say("y")
    one.wait_for("The answer is on its way.")
    one.say("next")
    one.wait_for("is still yours")
    one.say("show")
    one.wait_for("replied by dana")
    one.say("done")
    one.wait_for(f"{reference} is closed.")
    one.say("done")
    one.wait_for("You hold no ticket now")
    one.say("next")
    one.wait_for(f"{last}> ")
    one.say("release not mine")
    one.wait_for(f"{last} is back in its queue.")
    one.say("quit")
    assert one.wait() == 0
    assert desk.mails(reference) == ["Enjoy it."] and desk.place(reference) is None
    assert desk.notes(reference) == ["spoke with the mentor"]
    assert desk.notes(last) == ["not mine"] and desk.place(last)[0] == "queued"
    assert desk.files() == []


def write_to(desk, reference, body):
    """The requester adds to the ticket."""
    token, = desk.database.rows("SELECT t.follow_up_token FROM triaged.ticket t"
                                " WHERE t.reference = %s", reference)[0]
    answer = desk.client.follow_up({"reference": reference, "follow_up_token": token,
                                    "ticket": reference}, secrets.token_hex(8), body=body)
    assert (answer["status"], answer["state"]) == ("accepted", "held"), answer


def test_what_the_requester_writes_meanwhile_is_not_closed_unread(desk):
    reference, other = desk.submit(2)
    desk.take(reference)
    write_to(desk, reference, "It has settled itself.")
    for command in (("done", reference), ("reply", reference, "-", "--then", "done"),
                    ("reply", reference, "-", "--then", "wait")):
        refused = desk.run(*command, text="Hello", status=1)
        assert "the requester has written meanwhile" in refused.stderr
        assert f'"triagectl show {reference}"' in refused.stderr
    assert desk.mails(reference) == [] and desk.place(reference)[0] == "held"
    desk.run("renew", reference)
    desk.run("done", reference, status=1)  # renewing shows nothing
    assert "It has settled itself." in desk.run("show", reference).stdout
    desk.run("done", reference)
    assert desk.place(reference) is None
    # What was there when it was taken has been shown.
    desk.take(other)
    desk.run("release", other)
    desk.take(other)
    write_to(desk, other, "One thing more.")
    desk.run("reply", other, text="Hello")  # keeps it
    desk.run("release", other)
    assert [said["body"] for said in desk.take(other)["messages"]
            if said["kind"] == "follow_up"] == ["One thing more."]
    desk.run("reply", other, "--then", "wait", text="Which one?")
    assert desk.place(other)[0] == "waiting"


def test_the_foreground_shows_what_the_requester_writes(desk, terminal, editor):
    reference, = desk.submit()
    one = terminal("next", EDITOR=editor(
        "{ echo Hello; cat \"$1\"; } >\"$1.new\" && mv \"$1.new\" \"$1\""))
    one.wait_for(f"{reference}> ")
    write_to(desk, reference, "It has settled itself.")
    one.say("done")
    one.wait_for("the requester has written meanwhile")
    one.wait_for("The requester has written")
    one.wait_for("| It has settled itself.")
    one.wait_for(f"{reference}> ")
    one.say("reply")
    one.wait_for("anything else: no > ")
    write_to(desk, reference, "No, it has not.")
    one.say("d")
    one.wait_for("| No, it has not.")
    one.wait_for("anything else: no > ")
    assert desk.mails(reference) == []
    one.say("d")
    one.wait_for("no longer in your hands")
    assert desk.place(reference) is None
    one.say("quit")
    assert one.wait() == 0


def test_a_renewal_finds_what_the_requester_writes(desk, terminal):
    reference, = desk.submit()
    one = terminal("next", "--lease", "1s")
    one.wait_for(f"{reference}> ")
    write_to(desk, reference, "It has settled itself.")
    one.wait_for("| It has settled itself.")
    one.wait_for(f"{reference}> ")
    one.say("done")
    one.wait_for(f"{reference} is closed.")
    one.say("quit")
    assert one.wait() == 0


def grows(desk, reference, times=2):
    """Waits until the lease was renewed, so often."""
    end = desk.place(reference)[3]
    for _ in range(times):
        end = support.wait_until(
            lambda: (now := desk.place(reference)[3]) > end and now, "a renewal")


def test_a_lease_is_renewed_while_nothing_happens(desk, terminal):
    reference, = desk.submit()
    one = terminal("next", "--lease", "1s")
    one.wait_for(f"{reference}> ")
    grows(desk, reference, 4)  # longer than one lease
    assert desk.place(reference)[1] == "dana"
    desk.database.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                       "WHERE application_name = 'triagectl' AND datname = current_database()")
    grows(desk, reference)  # by a new connection
    desk.steal(reference)
    one.wait_for("the lease is lost, nothing was written")
    one.wait_for("next or quit > ")
    one.say("done")
    one.wait_for("You hold no ticket now")
    one.type("\x04")
    assert one.wait() == 0
    assert desk.place(reference)[1] == "luc"


@pytest.mark.parametrize("way", ["Ctrl-C", "Ctrl-D", "SIGTERM", "hang up"])
def test_whoever_leaves_gives_the_ticket_back(desk, terminal, way):
    reference, = desk.submit()
    one = terminal("next")
    one.wait_for("puts it back into its queue")
    one.wait_for(f"{reference}> ")
    if way == "SIGTERM":
        one.signal(signal.SIGTERM)
    elif way == "hang up":
        one.hang_up()
    else:
        one.type({"Ctrl-C": "\x03", "Ctrl-D": "\x04"}[way])
    one.wait()
    assert desk.place(reference)[0] == "queued"
    assert desk.database.value(
        "SELECT kind FROM triaged.ticket_history WHERE reference = %s ORDER BY event_id DESC LIMIT 1",
        reference) == "released"


def test_quit_can_keep_the_ticket(desk, terminal):
    reference, = desk.submit()
    one = terminal("next")
    one.wait_for(f"{reference}> ")
    one.say("quit")
    one.wait_for("keep it for later > ")
    one.say("k")
    assert one.wait() == 0
    assert desk.place(reference)[0] == "held"
    desk.run("done", reference)


def test_a_lease_is_renewed_in_the_editor_and_a_late_text_is_kept(desk, terminal, editor, tmp_path):
    reference, = desk.submit()
    write = editor(f"echo 'A long answer.' >\"$1\"; touch '{tmp_path}/open'; "
                   f"until [ -e '{tmp_path}/go' ]; do sleep 0.05; done")
    one = terminal("next", "--lease", "1s", EDITOR=write)
    one.wait_for(f"{reference}> ")
    one.say("reply")
    support.wait_until((tmp_path / "open").exists, "the editor")
    grows(desk, reference, 4)
    desk.steal(reference)
    one.wait_for("the lease is lost")
    (tmp_path / "go").touch()
    one.wait_for("Your text is kept: ")
    one.wait_for("> ")
    draft, = desk.files()
    assert str(draft) in one.text and draft.read_text() == "A long answer.\n"
    assert draft.stat().st_mode & 0o777 == 0o600
    one.say("quit")
    assert one.wait() == 0
    assert desk.mails(reference) == []


def test_reply_by_itself_asks_on_a_terminal(desk, terminal, editor):
    reference, = desk.submit()
    desk.take()
    one = terminal("reply", reference, "--then", "done", EDITOR=editor("echo Yes. >\"$1\""))
    one.wait_for("This will be sent to dana@example.org:\n  > Yes.\n")
    one.wait_for("no > ")
    one.say("e")
    one.wait_for("no > ")
    one.say("y")
    one.wait_for("has an answer on its way; it is no longer yours")
    assert one.wait() == 0
    assert desk.mails(reference) == ["Yes."] and desk.files() == []
    assert desk.place(reference) is None


def test_nothing_hostile_reaches_the_terminal(desk, terminal):
    desk.submit(requester={"name": "\x1b]0;owned\x07", "email": "x@example.org"},
                fields={"\x9b31m": "\u202egnp\r"})
    one = terminal("next", TERM="xterm", NO_COLOR="1")
    one.wait_for("> ")
    assert not set(one.text) & set("\x1b\x07\x9b\u202e"), one.text
    assert "\\x1b]0;owned\\x07" in one.text
    one.type("\x03")
    one.wait()
