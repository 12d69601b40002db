# SPDX-License-Identifier: MIT
"""The total-queue check: what was attempted and what was acknowledged (the journal)
against what is there after everything has come to rest (the database, the relay).

As Jepsen's checker of that name, for tickets and follow-ups alike:
  attempts    keys that were sent, however often
  acked       keys that were answered accepted or duplicate
  lost        acked, and not there
  unexpected  there, and never sent
  duplicated  keys that stand for more than one
  recovered   there, though the answer that said so first was never received
"""
import collections
import statistics

import agents

# The place that a ticket has after an event; of others it stays where it is.
AFTER = {"claimed": "held", "completed": "closed", "released": "queued", "reassigned": "queued",
         "lease_expired": "queued", "waiting": "waiting", "reopened": "queued"}
FIRST = {"routed": "queued", "needs_info": "waiting", "answered": "closed", "no_action": "closed"}
EVENT_OF = {"complete": "completed", "release": "released", "reassign": "reassigned",
            "reply": "replied"}


class Checker:
    def __init__(self, database, journal, mails):
        self.database = database
        self.journal = journal
        self.mails = mails
        self.faults = []
        self.report = []

    def fault(self, what, which):
        """which: all of them; nothing is said about none."""
        which = list(which)
        if which:
            self.faults.append(f"{len(which)} {what}: {which[:5]}")

    def none(self, what, query):
        self.fault(what, self.database.rows(query))

    def check(self):
        self.check_keys("tickets", "submit",
                        "SELECT convert_from(key, 'UTF8'), ticket_id::text FROM triaged.ticket_key",
                        "SELECT fields->>'form_number', ticket_id::text FROM triaged.ticket")
        self.check_keys("follow-ups", "follow_up",
                        "SELECT convert_from(key, 'UTF8'), ticket_id::text FROM triaged.message"
                        " WHERE key IS NOT NULL",
                        "SELECT fields->>'form_number', ticket_id::text FROM triaged.message"
                        " WHERE kind = 'follow_up'")
        self.check_rows()
        self.check_histories()
        self.check_agents()
        self.check_depth()
        self.check_mails()
        self.tell_pauses()
        return self.faults

    def check_keys(self, what, op, by_key, by_content):
        """by_key: what the key is kept for; by_content: the rows themselves, each with
        the key that its sender wrote into it."""
        sends = collections.Counter()
        answered = collections.defaultdict(list)
        for line in self.journal.lines("send", "answer"):
            if line["op"] == op and line["what"] == "send":
                sends[line["key"]] += 1
            elif line["op"] == op:
                answered[line["key"]].append(line)
        acks = {key: [line for line in lines if "ticket" in line]
                for key, lines in answered.items()}
        acks = {key: lines for key, lines in acks.items() if lines}
        kept = dict(self.database.rows(by_key))
        copies = collections.defaultdict(list)
        for key, ticket in self.database.rows(by_content):
            copies[key].append(ticket)

        lost = [key for key in acks if key not in kept or key not in copies]
        unexpected = [key for key in kept.keys() | copies.keys() if key not in sends]
        duplicated = [key for key in copies if len(copies[key]) > 1]
        duplicated += [key for key, lines in acks.items()
                       if len({line["ticket"] for line in lines}) > 1]
        recovered = [key for key in kept if not any(
            line["status"] == "accepted" for line in acks.get(key, []))]
        self.fault(f"{what} lost", lost)
        self.fault(f"{what} unexpected", unexpected)
        self.fault(f"{what} duplicated", duplicated)
        self.fault(f"{what} kept under a key that is not theirs",
                   (key for key in kept if copies.get(key) != [kept[key]] and key not in lost))
        self.fault(f"answers to {what} that name another one",
                   (line for key, lines in acks.items() for line in lines
                    if line["ticket"] != kept.get(key)))
        self.fault(f"{what} accepted twice",
                   (key for key, lines in acks.items()
                    if sum(line["status"] == "accepted" for line in lines) > 1))
        self.fault(f"repeats of {what} answered otherwise than at first",
                   (key for key, lines in acks.items()
                    if len({line["first"] for line in lines}) > 1))
        self.fault(f"answers to {what} that nobody may get",
                   (line for lines in answered.values() for line in lines
                    if "ticket" not in line and line["status"] != "retry"))
        self.report.append(
            f"{what:<11}{len(sends):>7} attempts {len(acks):>7} acked {len(lost):>3} lost"
            f" {len(unexpected):>3} unexpected {len(set(duplicated)):>3} duplicated"
            f" {len(recovered):>5} recovered {sum(sends.values()) - len(sends):>6} sent again")

    def check_rows(self):
        """A ticket's rows are one transaction: all of them, or none."""
        self.none("keys without their ticket, or the other way round",
                  "SELECT ticket_id, reference FROM triaged.ticket_key k FULL JOIN triaged.ticket t"
                  " USING (ticket_id, reference) WHERE k.ticket_id IS NULL OR t.ticket_id IS NULL")
        self.none("tickets without exactly one event 'accepted'",
                  "SELECT t.ticket_id, count(e.ticket_id) FROM triaged.ticket t"
                  " LEFT JOIN triaged.ticket_event e ON e.ticket_id = t.ticket_id AND"
                  " e.kind = 'accepted' GROUP BY t.ticket_id HAVING count(e.ticket_id) <> 1")
        for table in ("ticket_event", "queue", "outbox", "message"):
            self.none(f"rows of {table} without a ticket",
                      f"SELECT ticket_id FROM triaged.{table} x WHERE NOT EXISTS"
                      " (SELECT 1 FROM triaged.ticket t WHERE t.ticket_id = x.ticket_id)")
        self.none("tickets without the answer that they had, or with one that they had not",
                  "SELECT ticket_id, outcome, reply_id FROM triaged.ticket"
                  " WHERE (outcome = 'no_action') <> (reply_id IS NULL)")
        self.none("mails that nothing accounts for, or the other way round",
                  "SELECT * FROM (SELECT ticket_id, message_id FROM triaged.outbox) mail"
                  " FULL JOIN (SELECT ticket_id, reply_id AS message_id FROM triaged.ticket"
                  "  UNION ALL SELECT ticket_id, reply_id FROM triaged.message"
                  "  UNION ALL SELECT ticket_id, (detail->>'mail')::uuid FROM triaged.ticket_event"
                  "  WHERE kind = 'replied') origin USING (ticket_id, message_id)"
                  " WHERE message_id IS NOT NULL AND (mail IS NULL OR origin IS NULL)")

    def check_histories(self):
        """Each history, played again, ends where the ticket is; whoever holds it on
        the way is one, by one token, from the claim to its end."""
        place = {}
        outcome = dict(self.database.rows("SELECT ticket_id::text, outcome FROM triaged.ticket"))
        holder = {}
        tokens = set()
        wrong = collections.defaultdict(list)
        for ticket, kind, detail in self.database.rows(
                "SELECT ticket_id::text, kind, detail FROM triaged.ticket_event"
                " WHERE kind NOT LIKE 'mail%' ORDER BY ticket_id, event_id"):
            what = (ticket, kind, detail)
            if kind == "accepted":
                if ticket in place:
                    wrong["second begins"].append(what)
                place[ticket] = FIRST.get(outcome.get(ticket))
                continue
            token = detail.get("token")
            if kind == "claimed":
                if place.get(ticket) != "queued":
                    wrong["claims of what was not in a queue"].append(what)
                if token in tokens:
                    wrong["tokens given twice"].append(what)
                tokens.add(token)
                holder[ticket] = token
            elif token is not None and holder.get(ticket) != token:
                wrong["steps by who did not hold the ticket"].append(what)
            if kind == "follow_up" and detail["state"] != place.get(ticket):
                place[ticket] = detail["state"]
            elif kind == "reopened" or kind in AFTER:
                place[ticket] = AFTER[kind]
            if place.get(ticket) != "held":
                holder.pop(ticket, None)
        for what, which in wrong.items():
            self.fault(what, which)
        there = dict(self.database.rows(
            "SELECT ticket_id::text, state FROM triaged.ticket_place"))
        self.fault("tickets that are elsewhere than their history says",
                   ((ticket, state, place.get(ticket)) for ticket, state in there.items()
                    if place.get(ticket) != state))
        held = dict(self.database.rows(
            "SELECT ticket_id::text, lease_token FROM triaged.queue WHERE state = 'held'"))
        self.fault("holders that the history does not know", held.items() ^ holder.items())
        count = collections.Counter(there.values())
        self.report.append(f"{'places':<11}" + " ".join(
            f"{count[state]:>7} {state}" for state in ("closed", "waiting", "queued", "held")))

    def check_agents(self):
        """What an agent was told is in the history, and nothing that was refused."""
        history = collections.Counter()
        mails = set()
        for ticket, kind, agent, token, mail in self.database.rows(
                "SELECT ticket_id::text, kind, actor, (detail->>'token')::bigint, detail->>'mail'"
                " FROM triaged.ticket_event WHERE detail ? 'token'"):
            history[agent, ticket, token, kind] += 1
            mails.add((ticket, mail))
        claims = list(self.journal.lines("claim"))
        writes = list(self.journal.lines("write"))
        self.fault("claims lost", (line for line in claims if history[
            line["agent"], line["ticket"], line["token"], "claimed"] != 1))
        self.fault("tokens of two claims", (token for token, times in collections.Counter(
            line["token"] for line in claims).items() if times > 1))
        for line in writes:
            line["kept"] = history[line["agent"], line["ticket"], line["token"],
                                   EVENT_OF[line["call"]]]
        acked = [line for line in writes if line["result"] == "ok"]
        late = [line for line in writes if line["late"] and line["result"] != "unknown"]
        self.fault("writes lost or written twice", (line for line in acked if line["kept"] != 1))
        self.fault("replies lost", (line for line in acked if line["call"] == "reply" and
                                    (line["ticket"], line["mail"]) not in mails))
        self.fault("late writes taken", (line for line in late if line["result"] == "ok"))
        # After a write without an answer, the same is refused when it was written.
        self.fault("writes refused, and written all the same",
                   (line for line in writes
                    if line["result"] == "refused" and not line["again"] and line["kept"]))
        unknown = sum(line["result"] == "unknown" for line in writes)
        self.report.append(f"{'agents':<11}{len(claims):>7} claims  {len(acked):>8} writes"
                           f" {len(late):>6} of them late and refused {unknown:>6} unanswered")

    def check_depth(self):
        for when in ("before", "after"):
            kept, there = self.database.rows(agents.DEPTH), self.database.rows(agents.RECOUNT)
            self.fault(f"depths that are not the queue's, {when} the fold",
                       set(kept) ^ set(there))
            self.database.rows("SELECT triaged.tidy()")

    def check_mails(self):
        outbox = {message: row for message, *row in self.database.rows(
            "SELECT o.message_id::text, o.state, o.reason, o.attempts, o.author, o.to_address,"
            " t.requester_email FROM triaged.outbox o"
            " LEFT JOIN triaged.ticket t USING (ticket_id)")}
        copies = collections.defaultdict(list)
        for mail in self.mails:
            copies[mail.id].append(mail)
        states = collections.Counter()
        faults = collections.defaultdict(list)
        for message, (state, reason, attempts, author, to, requester) in outbox.items():
            got = copies.get(message, [])
            states[state] += 1
            what = (message, state, reason, attempts, len(got))
            if state == "sent" and not got:
                faults["mails that are called sent, and were not"].append(what)
            elif state == "suppressed" and (got or (reason, author) != ("cap", "triaged")):
                faults["mails suppressed without a reason, or sent as well"].append(what)
            elif state not in ("sent", "suppressed"):
                faults["mails that came to no end"].append(what)
            if len(got) > attempts:
                faults["mails sent more often than they were taken"].append(what)
            if len({(mail.raw, mail.sender) for mail in got}) > 1:
                faults["mails whose repeat was another one"].append(what)
            if {mail.recipient for mail in got} - {to} or to != requester:
                faults["mails to somebody else"].append(what)
        for what, which in faults.items():
            self.fault(what, which)
        self.fault("mails without a committed ticket", copies.keys() - outbox.keys())
        answered = {line["ticket"] for line in self.journal.lines("answer")
                    if line.get("replied")}
        mailed = {str(ticket) for ticket, in self.database.rows(
            "SELECT DISTINCT ticket_id FROM triaged.outbox")}
        self.fault("answers without their mail", answered - mailed)
        repeated = sum(len(got) - 1 for got in copies.values())
        self.report.append(
            f"{'mails':<11}{len(outbox):>7} in all {len(copies):>9} sent {repeated:>4} repeated"
            f" {states['suppressed']:>4} suppressed by the cap"
            f" {len(outbox) - states['sent'] - states['suppressed']:>4} open")

    def tell_pauses(self):
        """How long nothing was accepted after a kill; a number to look at, and no more."""
        pauses = collections.defaultdict(list)
        killed = {}
        for line in self.journal.lines("kill", "answer"):
            if line["what"] == "kill" and line["program"] != "triage-mail":
                killed = {line["program"]: line["at"]}
            elif line.get("status") == "accepted" and line["op"] == "submit":
                for program, at in killed.items():
                    pauses[program].append(line["at"] - at)
                killed = {}
        self.report.append(f"{'pauses':<11}" + ", ".join(
            f"{statistics.median(pauses[program]):.2f} s (at most {max(pauses[program]):.2f} s)"
            f" after {program} was started again" for program in sorted(pauses)))
