# SPDX-License-Identifier: MIT
"""Mails that leave: who gets them, who does not, and what is written down."""
import subprocess

import psycopg
import pytest

from mail_support import FROM, Mailer, outcome, put, put_row, results, states
from mail_support import empty, new_mailer, sink  # noqa: F401 (fixtures)
from support import build_folder, request, ticket, wait_until


def test_sent_and_written_down(database, sink, new_mailer):
    messages = put(database, *(f"dana{number}@example.com" for number in range(30)))
    mailer = new_mailer(sink)
    assert mailer.once() == 0
    assert states(database) == {message: "sent" for message in messages}
    assert sorted(mail.id for mail in sink.mails()) == sorted(messages)
    assert {mail.parsed["To"] for mail in sink.mails()} == {
        f"dana{number}@example.com" for number in range(30)}
    assert database.rows(
        "SELECT DISTINCT attempts, smtp_code, error, reason, sent_at BETWEEN created_at AND"
        " clock_timestamp() FROM triaged.outbox") == [(1, 250, None, None, True)]
    assert results(database) == {"sent": 30}
    assert database.rows("TABLE triaged.mail_depth") == []
    assert "example.com" not in mailer.log() and "question" not in mailer.log()
    summary = mailer.summary()
    assert summary.pop("taken") == summary.pop("sent") == 30
    assert set(summary.values()) == {0}


def test_a_daemons_ticket(daemon, client, database, sink, new_mailer):
    """The reference is in the subject; the first answer is repeated unchanged."""
    answer = client.submit("mail-1", ticket())
    assert new_mailer(sink).once() == 0
    mail, = sink.mails()
    assert mail.recipient == mail.parsed["To"] == "dana@example.org"
    assert mail.parsed["Subject"] == f"[{answer['reference']}] {answer['reply']['subject']}"
    assert mail.parsed.get_content().strip() == answer["reply"]["body"].strip()
    assert mail.parsed["In-Reply-To"] is None
    assert "Dana" not in mail.raw.decode()
    again = client.submit("mail-1", ticket())
    assert again["status"] == "duplicate" and again["reply"] == answer["reply"]
    # What follows belongs to the same conversation.
    message, = put(database, "dana@example.org", ticket_id=answer["ticket"], author="kim",
                   kind="reply")
    assert new_mailer(sink).once() == 0
    reply = next(found for found in sink.mails() if found.id == message)
    assert reply.parsed["References"] == reply.parsed["In-Reply-To"] == mail.parsed["Message-ID"]
    assert f"[{answer['reference']}]" in reply.parsed["Subject"]


def test_envelope(database, sink, new_mailer):
    answer, = put(database, "a@example.com")
    reply, = put(database, "b@example.com", kind="reply", author="kim")
    assert new_mailer(sink).once() == 0
    assert {mail.id: mail.sender for mail in sink.mails()} == {answer: "", reply: FROM}
    answer, = put(database, "a@example.com")
    reply, = put(database, "b@example.com", kind="reply", author="kim")
    assert new_mailer(sink, "--bounce", "bounce@lists.example.org").once() == 0
    senders = {mail.id: mail.sender for mail in sink.mails()}
    assert senders[answer] == f"bounce+{answer}@lists.example.org"
    assert senders[reply] == f"bounce+{reply}@lists.example.org"


def test_one_mailbox_is_not_flooded(database, sink, new_mailer):
    """Whatever spelling, however many senders; people's replies go out anyway."""
    put(database, *(f"Dana+{number}@Example.com" for number in range(10)),
        *(f"{name}@example.com" for name in ("d.ana", "da.na", "dan.a", "d.a.n.a", "D.a.na+x.y")),
        *(f"dana+{number}.x@example.com" for number in range(5)),
        *("dana@example.com" for _ in range(20)))
    other = put(database, *(f"other{number}@example.com" for number in range(20)))
    mailers = [new_mailer(sink, "--cap", "5").start() for _ in range(2)]
    wait_until(lambda: set(states(database).values()) == {"sent", "suppressed"}, "all to end")
    assert [mailer.stop() for mailer in mailers] == [0, 0]
    assert {states(database)[message] for message in other} == {"sent"}
    assert len(sink.mails()) == 20 + 5
    assert database.rows(
        "SELECT reason, count(*) FROM triaged.outbox WHERE state = 'suppressed' GROUP BY 1"
    ) == [("cap", 35)]
    assert database.rows(
        "SELECT kind, actor, detail->>'reason', count(*) FROM triaged.ticket_event"
        " GROUP BY 1, 2, 3") == [("mail_suppressed", "triage-mail", "cap", 35)]
    reply, = put(database, "dana@example.com", kind="reply", author="kim")
    assert new_mailer(sink, "--cap", "5").once() == 0
    assert states(database)[reply] == "sent"
    # Replies count: with five automatic mails forgotten, one is in the window.
    database.execute("UPDATE triaged.outbox SET admitted_at = admitted_at - interval '3 hours'"
                     " WHERE author = 'triaged'")
    put(database, *("dana@example.com" for _ in range(6)))
    assert new_mailer(sink, "--cap", "5").once() == 0
    assert len(sink.mails()) == 20 + 5 + 1 + 4


def test_mailbox(database):
    """Dots of the local part and tags do not make another one."""
    for address, mailbox in (
            ("Dana@Mail.Example.com", "dana@mail.example.com"),
            ("d.a.na+x.y@mail.example.com", "dana@mail.example.com"), ("a.b", "a.b"), ("", "")):
        assert database.value("SELECT triaged.mail_mailbox(%s)", address) == mailbox


NEVER = [
    ("noreply@example.com", "robot"), ("Mailer-Daemon@example.com", "robot"),
    ("postmaster@example.com", "robot"), (FROM, "own"), ("Support+x@EXAMPLE.org", "own"),
    ("x@lists.example.org", "own"), ("dana@example.com\nBcc: eve@example.com", "address"),
    ("nobody", "address"), ("root@localhost", "address"), ("andré@example.com", "address"),
    ("andre@écoles.example.com", "address")]


@pytest.mark.parametrize("author", ["triaged", "kim"])
def test_never_to(database, sink, new_mailer, author):
    messages = put(database, *(address for address, _ in NEVER), author=author)
    mailer = new_mailer(sink, "--own", "@lists.example.org")
    assert mailer.once() == 0
    assert [outcome(database, message)[:2] for message in messages] == [
        ("suppressed", reason) for _, reason in NEVER]
    assert sink.mails() == []
    assert "@" not in mailer.log().split("ready", 1)[1]


def test_muted_addresses(database, sink, new_mailer):
    database.execute("INSERT INTO triaged.suppression (address, reason, until) VALUES"
                     " ('dana@example.com', 'asked', NULL),"
                     " ('kit@example.com', 'bounce', clock_timestamp() - interval '1 s')")
    dana = put(database, "Dana@example.com") + put(database, "dana@example.com", author="kim")
    kit, = put(database, "kit@example.com")
    assert new_mailer(sink).once() == 0
    assert [outcome(database, message)[:2] for message in dana] == [("suppressed", "muted")] * 2
    assert [mail.id for mail in sink.mails()] == [kit]


def test_too_old(database, sink, new_mailer):
    message, = put(database, "a@example.com")
    reply, = put(database, "b@example.com", author="kim")
    older, = put(database, "c@example.com", author="kim")
    database.execute("UPDATE triaged.outbox SET created_at = created_at - interval '3 days'")
    database.execute("UPDATE triaged.outbox SET created_at = created_at - interval '3 days'"
                     " WHERE message_id = %s", older)
    mailer = new_mailer(sink)
    assert mailer.once() == 0
    assert outcome(database, message)[:2] == outcome(database, older)[:2] == ("expired", "lifetime")
    assert states(database)[reply] == "sent"
    assert results(database) == {"expired": 2, "sent": 1}
    assert mailer.summary()["expired"] == 2


def test_bounce(database, sink, new_mailer):
    message, = put(database, "Dana@example.com")
    bounce = "SELECT triaged.mail_bounce(%s)"
    assert database.value(bounce, message) is False
    assert new_mailer(sink).once() == 0
    assert database.value(bounce, message) is True
    assert database.value(bounce, message) is False
    assert outcome(database, message)[:2] == ("failed", "bounce")
    assert database.rows("SELECT address, reason, until > clock_timestamp() + interval '59 days'"
                         " FROM triaged.suppression") == [("dana@example.com", "bounce", True)]
    put(database, "dana@example.com")
    assert new_mailer(sink).once() == 0
    assert len(sink.mails()) == 1


def test_muting_never_shortens(database):
    mute = "SELECT triaged.mail_mute('Dana@example.com', %s, %s)"
    read = ("SELECT reason, round(extract(epoch FROM until - clock_timestamp()) / 86400)::int"
            " FROM triaged.suppression WHERE address = 'dana@example.com'")
    for reason, period, expected in (("a", "10 days", ("a", 10)), ("b", "5 days", ("a", 10)),
                                     ("c", "20 days", ("c", 20)), ("d", None, ("d", None)),
                                     ("e", "90 days", ("d", None))):
        database.rows(mute, reason, period)
        assert database.rows(read) == [expected]


def triagectl(database, *words, text="", status=0):
    done = subprocess.run([build_folder() / "triagectl", *words, "-d", database.conninfo],
                          input=text, text=True, timeout=30, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    assert done.returncode == status, done.stdout
    return done.stdout


def test_mute_by_hand(database, sink, new_mailer):
    left = ("SELECT address, reason, round(extract(epoch FROM until - clock_timestamp()) / 86400)::int"
            " FROM triaged.suppression")
    triagectl(database, "mail", "mute", "Dana@example.com", "--for", "30d")
    assert database.rows(left) == [("dana@example.com", "operator", 30)]
    triagectl(database, "mail", "mute", "dana@example.com", "--until", "2999-01-01T00:00:00+01:00")
    assert database.value("SELECT until FROM triaged.suppression").year == 2998
    triagectl(database, "mail", "mute", "dana@example.com")
    assert database.rows(left) == [("dana@example.com", "operator", None)]
    muted, = put(database, "dana@example.com", author="kim")
    assert new_mailer(sink).once() == 0
    assert outcome(database, muted)[:2] == ("suppressed", "muted")
    triagectl(database, "mail", "unmute", "Dana@Example.com")
    assert database.rows(left) == []
    assert "not muted" in triagectl(database, "mail", "unmute", "dana@example.com", status=1)
    for words in (["dana"], [], ["a@b.example", "--until", "tomorrow"],
                  ["a@b.example", "--until", "2020-01-01T00:00:00Z"],
                  ["a@b.example", "--for", "1d", "--until", "2999-01-01T00:00:00Z"]):
        triagectl(database, "mail", "mute", *words, status=2)
    assert database.rows(left) == []


REPORT = """To: {to}
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; dana@example.com
Action: {action}
Status: {status}

--b
Content-Type: text/rfc822-headers

Message-ID: <{message}@example.org>

--b--
"""


def test_a_report_on_standard_input(database, sink, new_mailer):
    first, second = put(database, "dana@example.com", "kit@example.com")
    assert new_mailer(sink).once() == 0

    def report(exit_status, **more):
        return triagectl(database, "mail", "bounce", status=exit_status, text=REPORT.format(
            **{"to": "x", "action": "failed", "status": "5.1.1", "message": "x", **more}))

    assert "nothing to do" in report(0, action="delayed", status="4.4.1", message=first)
    assert "no mail of ours" in report(1)
    assert "was sent" in report(1, message="0198c0de-0000-7000-8000-000000000001")
    assert "no delivery report" in triagectl(database, "mail", "bounce", text="hi", status=1)
    assert set(states(database).values()) == {"sent"}
    report(0, message=first)
    report(0, to=f"bounce+{second}@lists.example.org")
    assert "is known" in report(1, message=first)
    assert outcome(database, first)[:2] == outcome(database, second)[:2] == ("failed", "bounce")
    assert database.rows("SELECT address, reason FROM triaged.suppression ORDER BY 1") == [
        ("dana@example.com", "bounce"), ("kit@example.com", "bounce")]


TAKE = ("SELECT message_id::text, lease_token FROM triaged.mail_take(%s, %s, '2 days', '5 days',"
        " 10, '3 hours')")
DONE = ("SELECT triaged.mail_done(ticket_id, message_id, %s, %s) FROM triaged.outbox"
        " WHERE message_id = %s")


def test_a_lost_lease_writes_nothing(database):
    message, = put(database, "dana@example.com")
    first = database.rows(TAKE, 10, "0 seconds")[0][1]
    second = database.rows(TAKE, 10, "1 hour")[0][1]
    assert second > first
    assert database.rows(TAKE, 10, "1 hour") == []
    assert database.value(DONE, first, "sent", message) is False
    assert outcome(database, message) == ("sending", None, None, 2)
    assert database.value(DONE, second, "sent", message) is True
    assert database.value(DONE, second, "retry", message) is True  # said before: no change
    assert states(database) == {message: "sent"}
    assert results(database) == {"lease_lost": 1, "sent": 1}
    database.rows("SELECT triaged.mail_fold()")
    assert results(database) == {"lease_lost": 1, "sent": 1}
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        database.value(DONE, second, "gone", message)


def test_taken_in_turn_and_once(database):
    with database.cluster.connect(database.name) as connection:
        messages = [put_row(connection, f"a{number}@example.com",
                            next_attempt_at=f"2026-01-01T00:00:{59 - number}Z")
                    for number in range(20)]
        # Not because an index happens to be in that order.
        connection.execute("SET enable_indexscan = off; SET enable_bitmapscan = off")
        taken = [connection.execute(TAKE, [7, "1 hour"]).fetchall() for _ in range(4)]
    assert [len(rows) for rows in taken] == [7, 7, 6, 0]
    assert [message for rows in taken for message, _ in rows] == messages[::-1]
    assert database.rows("SELECT state, mails FROM triaged.mail_depth") == [("sending", 20)]


def test_given_up_mails_are_counted_not_read(database, sink, new_mailer):
    """However many there are: visitors can make them."""
    put(database, *("nobody" for _ in range(3)), "dana@example.com")
    assert new_mailer(sink).once() == 0
    given_up = "SELECT state, mails, oldest_age FROM triaged.mail_depth"
    assert database.rows(given_up) == [("suppressed", 3, None)]
    database.execute("DELETE FROM triaged.outbox")
    database.rows("SELECT triaged.mail_fold()")
    assert database.rows(given_up) == [("suppressed", 3, None)]


def test_people_come_first(database):
    """An agent's reply does not wait behind a flood of automatic mail."""
    with database.cluster.connect(database.name) as connection:
        automatic = [put_row(connection, f"a{number}@example.com",
                             next_attempt_at=f"2026-01-01T00:00:{number:02}Z")
                     for number in range(10)]
        replies = [put_row(connection, f"b{number}@example.com", author="kim", kind="reply",
                           next_attempt_at=f"2026-01-02T00:00:{number:02}Z")
                   for number in range(4)]
        taken = [[message for message, _ in connection.execute(TAKE, [3, "1 hour"])]
                 for _ in range(3)]
    assert taken == [replies[:3], replies[3:] + automatic[:2], automatic[2:5]]


def test_mails_of_a_held_row_are_skipped(database):
    first, second = put(database, "a@example.com", "b@example.com")
    with database.cluster.connect(database.name, autocommit=False) as connection:
        connection.execute("SELECT FROM triaged.outbox WHERE message_id = %s FOR UPDATE", [first])
        with database.cluster.connect(database.name) as other:
            other.execute("SET lock_timeout = '2s'")
            taken = other.execute(TAKE, [10, "1 hour"]).fetchall()
        assert [row[0] for row in taken] == [second]


def run(*options):
    return subprocess.run([build_folder() / "triage-mail", *options], text=True, timeout=30,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)


@pytest.mark.parametrize("options, says", [
    ([], "--from is needed"),
    (["--from", "x"], "--from: 'x'"),
    (["--frm", "x"], "did you mean --from?"),
    (["--tls", "maybe"], "none of none, starttls, required"),
    (["--relay", "a b"], "--relay: 'a b'"),
    (["--own", "dana"], "--own: 'dana'"),
    (["--user", "x"], "go together"),
    (["--user", "x", "--password-file", "/f", "--relay", "mail.example.org"], "--tls=required"),
    (["--lease", "1min"], "--lease"),
    (["more"], "unexpected argument")])
def test_wrong_options(options, says):
    # What a row is not about is right.
    done = run(*([] if not options or "--from" in options else ["--from", FROM]), *options)
    assert done.returncode == 64
    assert says in done.stdout and "Try 'triage-mail --help'." in done.stdout


def test_help_and_check():
    done = run("--help")
    assert done.returncode == 0
    for word in ("--from=ADDRESS", "Examples:", "Exit status:", "--cap=N"):
        assert word in done.stdout
    assert run("--version").stdout.startswith("triage-mail ")
    done = run("--from", FROM, "--check")
    assert (done.returncode, done.stdout) == (0, "configuration OK\n")


def test_password_file(tmp_path):
    path = tmp_path / "password"
    check = ["--from", FROM, "--user", "u", "--password-file", str(path), "--check"]
    assert (run(*check).returncode, "No such file" in run(*check).stdout) == (78, True)
    for text, mode, says in (("secret\n", 0o600, None), ("secret", 0o400, None),
                             ("secret\n", 0o604, "chmod 600"), ("secret\n", 0o620, "chmod 600"),
                             ("", 0o600, "not one line"), ("\n", 0o600, "not one line"),
                             ("a\nb\n", 0o600, "not one line"), ("x" * 2000, 0o600, "not one line")):
        path.unlink(missing_ok=True)  # one that may only be read stays as it is
        path.write_text(text)
        path.chmod(mode)
        done = run(*check)
        assert done.returncode == (78 if says else 0), done.stdout
        assert (says or "configuration OK") in done.stdout
        assert "secret" not in done.stdout


def test_no_schema(cluster, sink):
    name = cluster.new_database(schema=False)
    mailer = Mailer(cluster.conninfo(name), sink.port)
    assert mailer.once() == 75
    assert "triagectl db upgrade" in mailer.log()
    mailer.remove()
