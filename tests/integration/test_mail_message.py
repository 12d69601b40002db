# SPDX-License-Identifier: MIT
"""The mail as another program reads it: Python's email package, and a relay that
knows nothing of us."""
import email.utils
import random

from mail_support import FROM, put
from mail_support import empty, new_mailer, new_relay  # noqa: F401 (fixtures)

SUBJECTS = [
    "We have your question",
    "Votre séance est bien notée — merci",
    "Вы задали вопрос о занятии, и мы его получили сегодня утром",
    "سؤالك وصل إلينا",
    "👩‍🏫 ваш 🙂 mentor " * 8,
    "=?UTF-8?B?aGVsbG8=?=",
    "a" * 300,
    "un mot " * 40,
    "é" * 249,
    'quotes " and \\ and <brackets> and (comment',
    "",
]
# What must stay inside the subject, and how it then reads.
HOSTILE = [
    ("a\r\nBcc: eve@example.com", "a Bcc: eve@example.com"),
    ("a\n\nbody", "a body"),
    ("\r\n.\r\nMAIL FROM:<eve@example.com>", ". MAIL FROM:<eve@example.com>"),
    ("tab\tand\x0bmore\x7f\x1b[31m", "tab and more [31m"),
    ("\u202eright to left\u2028line", "right to left line"),
    (" =?utf-8?q?=0d=0aBcc:_eve?= ", "=?utf-8?q?=0d=0aBcc:_eve?="),
    ("é\r\nX-Evil: 1\u0085x", "é X-Evil: 1 x"),
]
BODIES = [
    "Hello,\n\nthanks.\n",
    "Bonjour,\n\nvotre séance a été notée.\n",
    ".\n..\n.hidden\n\n.\n",
    "From the start\n>From here\n",
    "no end of line",
    "trailing space \ntab\t\n   leading\n",
    "x" * 5000 + "\n" + "é" * 3000 + "\n",
    "=3D = =20\n==\n",
    "QUIT\nRSET\nDATA\n",
    "🙂" * 500 + "\n\n\n\n",
    "",
]
KNOWN = ["Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted",
         "X-Auto-Response-Suppress", "Content-Language", "MIME-Version", "Content-Type",
         "Content-Transfer-Encoding"]


def lines_of(text):
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")


def sent(database, new_mailer, new_relay, rows, *options):
    """Sends those rows; by message_id what arrived."""
    relay = new_relay()
    wanted = []
    for number, row in enumerate(rows):
        wanted += put(database, f"dana{number}@example.com", **row)
    assert new_mailer(relay, *options).once() == 0
    got = {mail.id: mail for mail in relay.mails()}
    assert set(got) == set(wanted)
    return [got[message] for message in wanted]


def check_bytes(raw):
    for line in raw.split(b"\r\n"):
        assert len(line) <= 76
        assert all(32 <= byte < 127 or byte == 9 for byte in line)


def test_subjects(database, new_mailer, new_relay):
    rows = [{"subject": subject} for subject in SUBJECTS + [text for text, _ in HOSTILE]]
    expected = [" ".join(subject.split()) for subject in SUBJECTS] + [text for _, text in HOSTILE]
    for mail, subject in zip(sent(database, new_mailer, new_relay, rows), expected):
        if len(subject) > 250:
            subject = subject[:250] + "…"
        assert mail.parsed["Subject"].strip() == subject
        assert mail.parsed.keys() == KNOWN
        assert not mail.parsed.defects and not mail.parsed["Subject"].defects
        assert mail.parsed.get_content().split() == "Hello, thanks for asking.".split()


def test_bodies(database, new_mailer, new_relay):
    chance = random.Random(20261121)
    letters = ["a", " ", "\t", "\n", ".", "=", "é", "€", "🙂", "\r\n", "From ", "\u200d"]
    bodies = BODIES + ["".join(chance.choices(letters, k=400)) for _ in range(20)]
    for mail, body in zip(sent(database, new_mailer, new_relay, [{"body": body} for body in bodies]),
                          bodies):
        check_bytes(mail.raw)
        assert lines_of(mail.parsed.get_content()) == lines_of(body)
        assert mail.parsed.get_content_type() == "text/plain"
        assert mail.parsed.get_content_charset() == "utf-8"
        assert not mail.parsed.is_multipart() and not mail.parsed.defects


def test_headers(database, new_mailer, new_relay):
    rows = [{"locale": "fr"}, {"kind": "reminder"}, {"kind": "ask"},
            {"kind": "reply", "author": "kim"}]
    options = ("--from-name", 'Équipe "Support"', "--reply-to", "answers@example.org",
               "--helo", "mail.example.org")
    answer, reminder, ask, reply = sent(database, new_mailer, new_relay, rows, *options)
    for mail in (answer, reminder, ask, reply):
        address, = mail.parsed["From"].addresses
        assert (address.display_name, address.addr_spec) == ('Équipe "Support"', FROM)
        assert mail.parsed["Reply-To"] == "answers@example.org"
        assert mail.parsed["To"] == mail.recipient
        assert mail.parsed["Message-ID"] == f"<{mail.id}@example.org>"
        made = database.value("SELECT date_trunc('second', created_at) FROM triaged.outbox"
                              " WHERE message_id = %s", mail.id)
        assert email.utils.parsedate_to_datetime(mail.parsed["Date"]) == made
    assert answer.parsed["Content-Language"] == "fr"
    assert reply.parsed["Content-Language"] == "en"
    assert [mail.parsed["Auto-Submitted"] for mail in (answer, reminder, ask, reply)] == [
        "auto-replied", "auto-generated", "auto-replied", None]
    assert [mail.parsed["X-Auto-Response-Suppress"] for mail in (answer, reminder, ask, reply)] == [
        "All", "All", "All", None]
