# SPDX-License-Identifier: MIT
"""Relays that refuse, drop, dawdle or are away; a triage-mail that is killed; a
database that goes. A mail is never lost, and repeated only as itself."""
import random
import ssl
import subprocess

import pytest

from mail_support import Sink, outcome, put, results, states
from mail_support import empty, new_mailer, new_relay, sink  # noqa: F401 (fixtures)
from support import wait_until

USER_UNKNOWN = "550 5.1.1 <dana@example.com>: Recipient address rejected: User unknown"
QUICK = ("--backoff", "50ms", "--backoff-most", "100ms")


def make_due(database):
    """As if the wait of what was refused or released were over."""
    database.execute("UPDATE triaged.outbox SET next_attempt_at = clock_timestamp()")


# smtp-sink's options, then state, reason, smtp_code, attempts of the row.
@pytest.mark.parametrize("options, row", [
    (["-r", "RCPT"], ("retry", None, 450, 1)),
    (["-r", "MAIL"], ("retry", None, 450, 1)),
    (["-r", "DATA"], ("retry", None, 450, 1)),
    (["-r", "."], ("retry", None, 450, 1)),
    (["-Q", "RCPT"], ("retry", None, 421, 1)),
    (["-Q", "."], ("retry", None, 421, 1)),
    (["-f", "RCPT"], ("failed", "refused", 500, 1)),
    (["-f", "RCPT", "-B", "550 5.2.1 disabled"], ("failed", "refused", 550, 1)),
    (["-f", "RCPT", "-B", "554 5.7.1 Relay access denied"], ("retry", None, 554, 1)),
    (["-f", "DATA"], ("failed", "refused", 500, 1)),
    (["-f", "."], ("failed", "refused", 500, 1)),
    (["-q", "MAIL"], ("retry", None, None, 1)),
    (["-q", "RCPT"], ("retry", None, None, 1)),
    (["-q", "DATA"], ("retry", None, None, 1)),
    (["-q", "."], ("retry", None, None, 1)),
    # The relay's own trouble, or ours with it: the mail waits untouched.
    (["-q", "CONNECT"], ("pending", None, None, 0)),
    (["-r", "CONNECT"], ("pending", None, 450, 0)),
    (["-f", "CONNECT"], ("pending", None, 500, 0)),
    (["-Q", "CONNECT"], ("pending", None, 421, 0)),
    (["-f", "EHLO,HELO"], ("pending", None, 500, 0)),
    (["-f", "MAIL", "-B", "550 5.7.1 who are you"], ("pending", None, 550, 0)),
    (["-Q", "MAIL"], ("pending", None, 421, 0)),
    (["-f", "MAIL", "-B", "552 5.3.4 Message size exceeds fixed limit"],
     ("failed", "refused", 552, 1)),
    (["-f", "MAIL"], ("retry", None, 500, 1)),
], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_refusals(database, new_mailer, sink, options, row):
    sink.restart(*options)
    message, = put(database, "dana@example.com")
    mailer = new_mailer(sink)
    assert mailer.once() == (75 if row[0] == "pending" else 0)
    assert outcome(database, message) == row
    wait, error = outcome(database, message, "extract(epoch FROM next_attempt_at -"
                          " clock_timestamp()), error")
    assert 50 < wait < 61 if row[0] in ("retry", "pending") else wait <= 0
    assert error and "@" not in error
    count = {"retry": "ambiguous" if options == ["-q", "."] else "retry",
             "pending": "released"}.get(row[0], row[0])
    assert results(database) == {count: 1}
    assert database.value("SELECT count(*) FROM triaged.suppression") == 0
    summary = mailer.summary()
    assert (summary.pop("taken"), summary.pop(count), set(summary.values())) == (1, 1, {0})


def test_refused_in_the_middle(database, new_mailer, sink):
    """550 and gone before the text is through: the answer is read, or only the loss."""
    sink.restart("-A", "0")
    message, = put(database, "dana@example.com", body="line\n" * 100000)
    assert new_mailer(sink).once() == 0
    assert outcome(database, message)[0] in ("failed", "retry")


def test_a_mailbox_that_does_not_exist(database, new_mailer, sink):
    sink.restart("-f", "RCPT", "-B", USER_UNKNOWN)
    message, = put(database, "Dana@example.com")
    mailer = new_mailer(sink)
    assert mailer.once() == 0
    assert outcome(database, message) == ("failed", "mailbox", 550, 1)
    assert outcome(database, message, "error") == (
        "550 5.1.1 <address> Recipient address rejected: User unknown",)
    assert "dana" not in mailer.log().lower()
    assert database.rows("SELECT address, reason, until > clock_timestamp() + interval '59 days'"
                         " FROM triaged.suppression") == [("dana@example.com", "mailbox", True)]
    sink.restart()
    again, = put(database, "dana@example.com")
    assert new_mailer(sink).once() == 0
    assert outcome(database, again)[:2] == ("suppressed", "muted")


@pytest.mark.parametrize("fault, seen", [("-r RCPT", False), ("-r .", True), ("-q .", True)])
def test_again_and_the_same(database, new_mailer, sink, fault, seen):
    """What was refused for now or dropped goes out later, byte for byte."""
    sink.restart(*fault.split())
    messages = put(database, *(f"dana{number}@example.com" for number in range(6)))
    mailer = new_mailer(sink, *QUICK).start()
    wait_until(lambda: database.value("SELECT min(attempts) FROM triaged.outbox") >= 2,
               "a second attempt for each")
    sink.restart()
    wait_until(lambda: set(states(database).values()) == {"sent"}, "all to be sent")
    assert mailer.stop() == 0
    copies = {message: [mail for mail in sink.mails() if mail.id == message]
              for message in messages}
    for message in messages:
        assert len(copies[message]) >= (2 if seen else 1)
        # A mail that was cut off in the middle is shorter.
        whole = max((mail.raw for mail in copies[message]), key=len)
        assert all(whole.startswith(mail.raw) for mail in copies[message])
    assert sum(map(len, copies.values())) == len(sink.mails())
    summary = mailer.summary()
    assert summary["sent"] == 6
    assert summary["ambiguous" if fault == "-q ." else "retry"] >= 6
    assert summary["taken"] == sum(summary.values()) - summary["taken"]


def test_backoff_grows(database, new_mailer, sink):
    sink.restart("-r", "RCPT")
    message, = put(database, "dana@example.com")
    waits = []
    for _ in range(4):
        make_due(database)
        assert new_mailer(sink, "--backoff-most", "200s").once() == 0
        waits.append(round(outcome(
            database, message, "extract(epoch FROM next_attempt_at - clock_timestamp())")[0], -1))
    assert waits == [60, 120, 200, 200]
    assert outcome(database, message)[3] == 4


def test_relay_away_and_back(database, new_mailer, sink):
    sink.stop()
    mailer = new_mailer(sink, *QUICK).start()
    mailer.wait_for_log("ready")
    messages = put(database, *(f"dana{number}@example.com" for number in range(40)))
    mailer.wait_for_log("state=down")
    assert set(states(database).values()) <= {"pending", "sending"}
    probes = database.value("SELECT coalesce(sum(mails), 0) FROM triaged.mail_result")
    wait_until(lambda: database.value("SELECT sum(mails) FROM triaged.mail_result") > probes,
               "one more try")
    sink.start()
    wait_until(lambda: set(states(database).values()) == {"sent"}, "all to be sent")
    assert mailer.stop() == 0
    assert sorted(mail.id for mail in sink.mails()) == sorted(messages)
    assert database.rows("SELECT DISTINCT attempts FROM triaged.outbox") == [(1,)]
    assert mailer.log().count("state=down") == mailer.log().count("state=up") == 1
    # Four at once found it away, and after that one at a time.
    assert mailer.summary()["released"] <= 12


def test_what_is_not_sent_probes_no_relay(database, new_mailer, sink):
    """While the relay is away mails are taken one at a time. Those that end as they
    are taken say nothing about it, and the next is taken at once."""
    sink.stop()
    database.execute("INSERT INTO triaged.suppression (address, reason)"
                     " VALUES ('mute@example.com', 'asked')")
    put(database, "first@example.com")
    put(database, *("mute@example.com" for _ in range(20)))
    put(database, "last@example.com")
    # By its polls alone it would take days.
    mailer = new_mailer(sink, "--transfers", "1", "--poll", "1h").start()
    wait_until(lambda: results(database).get("released") == 2, "the last to be tried")
    assert mailer.stop() == 0
    assert results(database) == {"released": 2, "suppressed": 20}


@pytest.mark.parametrize("size", [15000, 100])
def test_a_mail_too_big_stops_no_other(database, new_mailer, new_relay, size):
    """A relay with a SIZE refuses it at MAIL."""
    relay = new_relay(size=10000)
    big, = put(database, "dana@example.com", body="x" * size)
    others = put(database, *(f"dana{number}@example.com" for number in range(5)))
    mailer = new_mailer(relay, "--transfers", "1")
    assert mailer.once() == 0
    assert outcome(database, big) == (("failed", "refused", 552, 1) if size > 10000
                                      else ("sent", None, 250, 1))
    assert {states(database)[message] for message in others} == {"sent"}
    assert "state=down" not in mailer.log()


def test_one_slow_mail_holds_up_no_other(database, new_mailer, new_relay):
    relay = new_relay()
    slow, = put(database, "slow@example.com")
    mailer = new_mailer(relay).start()
    wait_until(lambda: relay.waiting == 1, "the relay to have the slow one")
    others = put(database, *(f"dana{number}@example.com" for number in range(20)))
    wait_until(lambda: {states(database)[message] for message in others} == {"sent"}, "the others")
    assert states(database)[slow] == "sending"
    # At the stop it is waited for.
    mailer.process.terminate()
    mailer.wait_for_log("stopping, 1 on their way")
    relay.release()
    assert mailer.process.wait(30) == 0
    assert states(database)[slow] == "sent"
    assert mailer.summary()["sent"] == 21


@pytest.mark.parametrize("after, row, count", [
    ("RCPT", ("pending", None, None, 0), "released"), ("DATA", ("retry", None, None, 1), "ambiguous")])
def test_stop_does_not_wait_for_ever(database, new_mailer, new_relay, after, row, count):
    relay = new_relay(after=after)
    slow, = put(database, "slow@example.com")
    mailer = new_mailer(relay, "--stop-time", "100ms").start()
    wait_until(lambda: relay.waiting == 1, "the relay to have the slow one")
    assert mailer.stop() == 0
    assert outcome(database, slow) == row
    assert outcome(database, slow, "error") == ("interrupted by a stop",)
    assert mailer.summary()[count] == 1
    relay.release()


@pytest.mark.parametrize("after, options, count", [
    ("RCPT", ("--command-time", "100ms"), "retry"), ("DATA", ("--final-time", "100ms"), "ambiguous")])
def test_an_answer_that_does_not_come(database, new_mailer, new_relay, after, options, count):
    relay = new_relay(after=after)
    slow, = put(database, "slow@example.com")
    mailer = new_mailer(relay, *options)
    assert mailer.once() == 0
    assert outcome(database, slow, "state, error") == ("retry", "no answer in time")
    assert results(database) == {count: 1}
    relay.release()


def test_a_connection_that_owes_an_answer(database, new_mailer, new_relay):
    """It is not used for the next mail, which would take that answer for its own."""
    relay = new_relay()
    slow, = put(database, "slow@example.com")
    mailer = new_mailer(relay, "--transfers", "1", "--final-time", "100ms").start()
    wait_until(lambda: states(database)[slow] == "retry", "the slow one to be given up")
    assert relay.open_connections() == 0
    other, = put(database, "dana@example.com")
    wait_until(lambda: states(database)[other] == "sent", "the next one")
    assert mailer.stop() == 0
    assert [mail.id for mail in relay.mails()] == [slow, other]
    relay.release()


def test_killed_again_and_again(database, new_mailer, sink):
    """Each mail arrives; what arrives twice is the same mail, and no more of them
    than were on their way at a kill."""
    rounds = 20
    messages = put(database, *(f"dana{number}@example.com" for number in range(600)))
    options = ("--lease", "1s", "--command-time", "400ms", "--final-time", "400ms", "--cap", "0")
    kills = 0
    for _ in range(rounds):
        mailer = new_mailer(sink, *options).start()
        goal = min(database.value("SELECT count(*) FROM triaged.outbox WHERE state = 'sent'") +
                   random.randint(1, 25), len(messages))
        wait_until(lambda: database.value(
            "SELECT count(*) FROM triaged.outbox WHERE state = 'sent'") >= goal, "some to be sent")
        mailer.kill()
        kills += 1
    mailer = new_mailer(sink, *options).start()
    wait_until(lambda: set(states(database).values()) == {"sent"}, "all to be sent")
    assert mailer.stop() == 0
    copies = {}
    for mail in sink.mails():
        if mail.raw.endswith(b"thanks for asking.\n"):  # else cut off in the middle
            copies.setdefault(mail.id, []).append(mail.raw)
    assert set(copies) == set(messages)
    assert all(len(set(raws)) == 1 for raws in copies.values())
    repeated = sum(len(raws) - 1 for raws in copies.values())
    print(f"{kills} kills, {repeated} mails repeated")
    assert repeated <= kills * 4


def test_database_goes_while_a_mail_is_on_its_way(cluster, database, new_mailer, new_relay):
    relay = new_relay()
    slow, = put(database, "slow@example.com")
    mailer = new_mailer(relay).start()
    wait_until(lambda: relay.waiting == 1, "the relay to have the slow one")
    try:
        cluster.crash()
        relay.release()
        mailer.wait_for_log("database state=down")
    finally:
        cluster.start()
    wait_until(lambda: states(database)[slow] == "sent", "the result to be noted")
    other, = put(database, "dana@example.com")
    wait_until(lambda: states(database)[other] == "sent", "the next one")
    assert mailer.stop() == 0
    assert [mail.id for mail in relay.mails()] == [slow, other]
    assert mailer.log().count("database state=down") == mailer.log().count("database state=up") == 1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", folder / "key", "-out",
                    folder / "cert", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert", folder / "key")
    (folder / "password").write_text("s3cret!\n")
    (folder / "password").chmod(0o600)
    (folder / "wrong").write_text("other\n")
    (folder / "wrong").chmod(0o600)
    return folder, context


def test_tls_and_password(database, new_mailer, new_relay, certificate):
    folder, context = certificate
    relay = new_relay(tls=context, password="s3cret!")
    message, = put(database, "dana@example.com")
    secure = ("--tls", "required", "--user", "support")
    trusted = (*secure, "--ca-file", folder / "cert", "--password-file")

    mailer = new_mailer(relay, *secure, "--password-file", folder / "password")
    assert mailer.once() == 75
    assert "state=down stage=hello" in mailer.log() and "certificate" in mailer.log()
    make_due(database)
    mailer = new_mailer(relay, *trusted, folder / "wrong")
    assert mailer.once() == 75
    assert "state=down stage=hello error=\"535 " in mailer.log()
    assert relay.mails() == [] and outcome(database, message)[0] == "pending"

    make_due(database)
    mailer = new_mailer(relay, *trusted, folder / "password")
    assert mailer.once() == 0
    assert outcome(database, message)[0] == "sent"
    assert relay.secure == [True] and set(relay.users) == {"support"}
    assert "s3cret" not in mailer.log()


def test_tls_where_it_is_offered(database, new_mailer, new_relay, certificate):
    relay = new_relay(tls=certificate[1])
    put(database, "dana@example.com")
    mailer = new_mailer(relay, "--tls", "none")
    assert mailer.once() == 75
    assert "state=down stage=mail error=\"530 " in mailer.log()
    make_due(database)
    assert new_mailer(relay).once() == 0
    assert relay.secure == [True]


def test_tls_that_is_not_offered(database, new_mailer, sink):
    message, = put(database, "dana@example.com")
    assert new_mailer(sink, "--tls", "required").once() == 75
    assert outcome(database, message)[0] == "pending" and sink.mails() == []
    make_due(database)
    assert new_mailer(sink, "--tls", "starttls").once() == 0
    assert outcome(database, message)[0] == "sent"
