-- SPDX-License-Identifier: MIT
-- What a requester adds to a ticket, and how long a ticket waits for that.
--
-- The daemon reads a ticket with all that was said about it, decides, and writes what
-- is to be done. Nothing is locked in between: the writer is told what was read, and
-- where that is not so any more it writes nothing, and the daemon reads again.
--
-- Waits end by the database's clock. Every daemon looks now and then; what it does
-- about a wait names the very moment that was due, so of several only the first one
-- does it.

ALTER TABLE triaged.category
	ADD COLUMN wait     interval NOT NULL DEFAULT '14 days',
	ADD COLUMN wait_end text NOT NULL DEFAULT 'close' CHECK (wait_end IN ('close', 'people'));
COMMENT ON COLUMN triaged.category.wait IS 'How long a ticket waits for its requester, of elapsed time.';
COMMENT ON COLUMN triaged.category.wait_end IS 'What happens then: closed, or to the team''s queue.';

CREATE OR REPLACE FUNCTION triaged.wait_ends(category text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
	SELECT clock_timestamp() + coalesce(
	    (SELECT c.wait FROM triaged.category c WHERE c.name = wait_ends.category), interval '14 days')
$$;

CREATE OR REPLACE FUNCTION triaged.register_policy(new_hash bytea, new_canonical text, names jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM triaged.register_names(new_hash, new_canonical, names);
	UPDATE triaged.setting s
	SET value = s.value || jsonb_build_object('ms', (names->>'lease_ms')::bigint)
	WHERE s.name = 'lease' AND names ? 'lease_ms';
	UPDATE triaged.category c
	SET wait = make_interval(secs => (n->>'wait_ms')::bigint / 1000.0), wait_end = n->>'wait_end'
	FROM jsonb_array_elements(names->'categories') AS list(n)
	WHERE c.name = n->>'name' AND n ? 'wait_ms';
END $$;
COMMENT ON FUNCTION triaged.register_policy(bytea, text, jsonb) IS 'register_names(), and the policy''s settings: names->lease_ms, and of each category wait_ms and wait_end.';

ALTER TABLE triaged.queue
	ADD COLUMN asked     int NOT NULL DEFAULT 0,
	ADD COLUMN remind_at timestamptz;
COMMENT ON COLUMN triaged.queue.asked IS 'How often the requester was asked for what is missing.';
COMMENT ON COLUMN triaged.queue.remind_at IS 'When the requester is to be reminded, once; null: has been, or is not to be.';
UPDATE triaged.queue q SET asked = 1, ends_at = clock_timestamp() + interval '14 days',
	remind_at = clock_timestamp() + interval '7 days'
WHERE q.state = 'waiting' AND q.ends_at IS NULL;
ALTER TABLE triaged.queue
	ADD CONSTRAINT queue_wait CHECK (state <> 'waiting' OR ends_at IS NOT NULL);
CREATE INDEX queue_remind ON triaged.queue (remind_at) WHERE remind_at IS NOT NULL;
COMMENT ON INDEX triaged.queue_remind IS 'Who is to be reminded.';

ALTER TABLE triaged.message
	ADD COLUMN digest         bytea,
	ADD COLUMN digest_version smallint,
	ADD COLUMN decision       jsonb,
	ADD COLUMN reply_id       uuid;
COMMENT ON COLUMN triaged.message.digest IS 'Of a follow-up: SHA-256 of what it adds, as for a ticket. The same key with another digest is a conflict.';
COMMENT ON COLUMN triaged.message.decision IS 'Of a follow-up: {"category", "outcome", "team", "priority", "missing", "found", "warnings", "policy", "state"} as they were after it; what a repeat is answered with.';
COMMENT ON COLUMN triaged.message.reply_id IS 'outbox.message_id of the answer to it; null when it needed none.';

ALTER TABLE triaged.attachment
	ADD COLUMN message_no bigint NOT NULL DEFAULT 0,
	DROP CONSTRAINT attachment_pkey,
	ADD PRIMARY KEY (ticket_id, message_no, position);
COMMENT ON COLUMN triaged.attachment.message_no IS 'Of the follow-up that brought it; 0: the ticket as submitted.';

-- Where a ticket is and what was decided last --------------------------------------

CREATE VIEW triaged.ticket_now AS
	SELECT t.ticket_id, t.reference, t.received_at, coalesce(q.state, 'closed') AS state,
	       coalesce(q.category, closed.detail->>'category', last.decision->>'category', t.category)
	           AS category,
	       coalesce(last.decision->>'outcome', t.outcome) AS outcome,
	       coalesce(q.team, closed.detail->>'team', last.decision->>'team', t.team) AS team,
	       coalesce(q.priority, closed.detail->>'priority', last.decision->>'priority', t.priority)
	           AS priority,
	       CASE WHEN last.decision IS NULL THEN t.missing
	            ELSE ARRAY(SELECT m FROM jsonb_array_elements_text(last.decision->'missing')
	                       WITH ORDINALITY AS list(m, n) ORDER BY n) END AS missing
	FROM triaged.ticket t
	LEFT JOIN triaged.queue q USING (ticket_id)
	LEFT JOIN LATERAL (
		SELECT m.decision FROM triaged.message m
		WHERE m.ticket_id = t.ticket_id AND m.decision IS NOT NULL
		ORDER BY m.message_no DESC LIMIT 1) last ON true
	LEFT JOIN LATERAL (
		SELECT e.detail FROM triaged.ticket_event e
		WHERE e.ticket_id = t.ticket_id AND e.kind IN ('completed', 'wait_ended')
		ORDER BY e.event_id DESC LIMIT 1) closed ON q.ticket_id IS NULL;
COMMENT ON VIEW triaged.ticket_now IS 'Each ticket as it is now, and where it was last when it is closed: triaged.ticket is what was first decided.';

CREATE FUNCTION triaged.named_ticket(name text) RETURNS uuid LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN triaged.find_ticket(name);
EXCEPTION WHEN SQLSTATE 'TR003' THEN
	RETURN NULL;
END $$;
COMMENT ON FUNCTION triaged.named_ticket(text) IS 'As find_ticket(), with null for none.';

CREATE FUNCTION triaged.lookup(name text, of_source text, with_key bytea)
RETURNS SETOF triaged.ticket_now LANGUAGE sql STABLE AS $$
	SELECT * FROM triaged.ticket_now now
	WHERE now.ticket_id = CASE WHEN name IS NOT NULL THEN triaged.named_ticket(name)
	    ELSE (SELECT k.ticket_id FROM triaged.ticket_key k
	          WHERE k.source = of_source AND k.key = with_key) END
$$;
COMMENT ON FUNCTION triaged.lookup(text, text, bytea) IS 'One ticket by its number or reference, or with a null name by its key; none when there is no such ticket.';

-- Follow-ups -----------------------------------------------------------------------

-- The parts of a ticket, the newest first, the ticket as submitted last: what is
-- decided on. A person has taken over long before there are more than these.
CREATE FUNCTION triaged.follow_up_parts(of_ticket uuid)
RETURNS TABLE (part int, received_at timestamptz, subject text, body text, fields jsonb, attachments jsonb)
LANGUAGE sql STABLE AS $$
	SELECT row_number() OVER (ORDER BY newest.message_no DESC NULLS LAST)::int - 1,
	       newest.at, newest.subject, newest.body, newest.fields, newest.attachments
	FROM (
		(SELECT m.message_no, m.at, '' AS subject, m.body, m.fields, m.attachments
		 FROM triaged.message m WHERE m.ticket_id = of_ticket AND m.kind = 'follow_up'
		 ORDER BY m.message_no DESC LIMIT 4)
		UNION ALL
		SELECT NULL, t.received_at, t.subject, t.body, t.fields, t.attachments
		FROM triaged.ticket t WHERE t.ticket_id = of_ticket) newest
$$;

-- Boxes and attachments of the parts, flat and in order: a list's items follow it.
CREATE FUNCTION triaged.follow_up_pieces(of_ticket uuid)
RETURNS TABLE (part int, kind text, place bigint, item bigint, name text, type text, value text)
LANGUAGE sql STABLE AS $$
	WITH part AS MATERIALIZED (
		SELECT * FROM triaged.follow_up_parts(of_ticket)
	), box AS (
		SELECT p.part, f.place, f.name, f.value
		FROM part p CROSS JOIN LATERAL jsonb_each(p.fields) WITH ORDINALITY AS f(name, value, place)
	)
	SELECT b.part, 'box', b.place, 0, b.name, jsonb_typeof(b.value),
	       CASE WHEN jsonb_typeof(b.value) = 'array' THEN '' ELSE coalesce(b.value #>> '{}', '') END
	FROM box b
	UNION ALL
	SELECT b.part, 'item', b.place, i.item, '', jsonb_typeof(i.value), coalesce(i.value #>> '{}', '')
	FROM box b CROSS JOIN LATERAL jsonb_array_elements(
	    CASE WHEN jsonb_typeof(b.value) = 'array' THEN b.value ELSE '[]' END)
	    WITH ORDINALITY AS i(value, item)
	UNION ALL
	SELECT p.part, 'file', 1000 + a.place, 0, coalesce(a.value->>'name', ''),
	       coalesce(a.value->>'type', ''), coalesce(a.value->>'field', '')
	FROM part p CROSS JOIN LATERAL jsonb_array_elements(p.attachments)
	    WITH ORDINALITY AS a(value, place)
	ORDER BY 1, 3, 4
$$;

CREATE FUNCTION triaged.follow_up_write(
	of_ticket uuid, new_key bytea, new_digest bytea, new_digest_version smallint,
	seen_messages bigint, seen_state text, seen_category text,
	new_body text, new_fields jsonb, new_attachments jsonb, positions int[], contents bytea[],
	new_decision jsonb, move text, new_due_at timestamptz, wait_seconds double precision,
	new_reply_id uuid, reply_kind text, reply_locale text, reply_subject text, reply_body text
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	now      timestamptz;
	wait     interval := make_interval(secs => wait_seconds);
	asked_by triaged.ticket;
	old      triaged.queue;
	new      triaged.queue;
	number   bigint;
BEGIN
	-- The ticket first: what is closed has no other row that two could meet at.
	SELECT * INTO asked_by FROM triaged.ticket t WHERE t.ticket_id = of_ticket FOR UPDATE;
	SELECT * INTO old FROM triaged.queue q WHERE q.ticket_id = of_ticket FOR UPDATE;
	IF asked_by.ticket_id IS NULL OR coalesce(old.state, 'closed') <> seen_state
	   OR coalesce(old.category, seen_category) <> seen_category
	   OR (SELECT count(*) FROM triaged.message m WHERE m.ticket_id = of_ticket) <> seen_messages THEN
		RETURN false;
	END IF;
	now := clock_timestamp(); -- after whoever had the locks: check_seen() compares it

	INSERT INTO triaged.message (ticket_id, at, kind, author, body, fields, attachments, key,
	    digest, digest_version, decision, reply_id)
	VALUES (of_ticket, now, 'follow_up', 'requester', new_body, new_fields, new_attachments, new_key,
	    new_digest, new_digest_version, new_decision, new_reply_id)
	RETURNING message_no INTO number;
	INSERT INTO triaged.attachment (ticket_id, message_no, position, content)
	SELECT of_ticket, number, c.position, c.content
	FROM unnest(positions, contents) AS c(position, content);

	CASE move
	WHEN 'stay' THEN
		NULL;
	WHEN 'queue' THEN
		UPDATE triaged.queue q SET state = 'queued', due_at = coalesce(new_due_at, q.due_at),
		    ends_at = NULL, remind_at = NULL
		WHERE q.ticket_id = of_ticket RETURNING * INTO new;
		PERFORM triaged.count_move(old, new);
	WHEN 'ask' THEN
		UPDATE triaged.queue q SET asked = q.asked + 1, ends_at = now + wait,
		    remind_at = now + wait / 2
		WHERE q.ticket_id = of_ticket;
	WHEN 'close' THEN
		PERFORM triaged.close(old);
	WHEN 'reopen' THEN
		INSERT INTO triaged.queue (ticket_id, team, priority, state, due_at, received_at, locale,
		    category)
		VALUES (of_ticket, new_decision->>'team', new_decision->>'priority', 'queued', new_due_at,
		    now, asked_by.locale, new_decision->>'category')
		RETURNING * INTO new;
		PERFORM triaged.count_move(NULL, new);
	END CASE;

	INSERT INTO triaged.ticket_event (ticket_id, kind, actor, detail)
	VALUES (of_ticket, 'follow_up', 'requester', jsonb_build_object('message_no', number,
	    'outcome', new_decision->'outcome', 'missing', new_decision->'missing',
	    'state', new_decision->'state'));
	IF move = 'reopen' THEN
		INSERT INTO triaged.ticket_event (ticket_id, kind, actor, detail)
		VALUES (of_ticket, 'reopened', 'triaged', jsonb_build_object('team', new.team,
		    'priority', new.priority));
	END IF;
	IF new_reply_id IS NOT NULL THEN
		INSERT INTO triaged.outbox (ticket_id, message_id, to_address, locale, subject, body, kind)
		VALUES (of_ticket, new_reply_id, asked_by.requester_email, reply_locale, reply_subject,
		    reply_body, reply_kind);
	END IF;
	RETURN true;
END $$;
COMMENT ON FUNCTION triaged.follow_up_write(uuid, bytea, bytea, smallint, bigint, text, text, text, jsonb, jsonb, int[], bytea[], jsonb, text, timestamptz, double precision, uuid, text, text, text, text) IS 'Keeps a follow-up and does what it brings about, all or nothing. False: the ticket is not as it was read (number of messages, state, category), so nothing was written. move: stay, queue (waiting to queued), ask (waits anew), close, reopen.';

-- Waits ----------------------------------------------------------------------------

-- What is due now, each with the very moment that was due.
CREATE FUNCTION triaged.wait_due(most int)
RETURNS TABLE (ticket_id uuid, due timestamptz, ended boolean, by_person boolean)
LANGUAGE sql STABLE AS $$
	(SELECT q.ticket_id, q.ends_at, true, q.due_at IS NOT NULL FROM triaged.queue q
	 WHERE q.state = 'waiting' AND q.ends_at <= clock_timestamp()
	 ORDER BY q.ends_at LIMIT most)
	UNION ALL
	(SELECT q.ticket_id, q.remind_at, false, q.due_at IS NOT NULL FROM triaged.queue q
	 WHERE q.remind_at <= clock_timestamp() AND q.state = 'waiting' AND q.ends_at > clock_timestamp()
	 ORDER BY q.remind_at LIMIT most)
$$;

CREATE FUNCTION triaged.wait_remind(of_ticket uuid, due timestamptz, new_id uuid, new_subject text,
	new_body text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	UPDATE triaged.queue q SET remind_at = NULL
	WHERE q.ticket_id = of_ticket AND q.state = 'waiting' AND q.remind_at = due;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	IF new_id IS NOT NULL THEN
		INSERT INTO triaged.outbox (ticket_id, message_id, to_address, locale, subject, body, kind)
		SELECT of_ticket, new_id, t.requester_email, t.locale, new_subject, new_body, 'reminder'
		FROM triaged.ticket t WHERE t.ticket_id = of_ticket;
		INSERT INTO triaged.ticket_event (ticket_id, kind, actor)
		VALUES (of_ticket, 'reminded', 'triaged');
	END IF;
	RETURN true;
END $$;
COMMENT ON FUNCTION triaged.wait_remind(uuid, timestamptz, uuid, text, text) IS 'Reminds, if that moment is still due: then true. A null id: there is nothing to be said.';

CREATE FUNCTION triaged.wait_end(of_ticket uuid, due timestamptz, what text, new_due_at timestamptz)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	old triaged.queue;
	new triaged.queue;
	why text;
BEGIN
	SELECT * INTO old FROM triaged.queue q
	WHERE q.ticket_id = of_ticket AND q.state = 'waiting' AND q.ends_at = due FOR UPDATE;
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	IF what = 'close' AND NOT EXISTS (SELECT 1 FROM triaged.outbox o
	                                  WHERE o.ticket_id = of_ticket AND o.state = 'sent') THEN
		what := 'people';
		why := 'no mail reached the requester';
	END IF;
	IF what = 'close' THEN
		PERFORM triaged.close(old);
	ELSE
		UPDATE triaged.queue q SET state = 'queued', due_at = coalesce(q.due_at, new_due_at),
		    ends_at = NULL, remind_at = NULL
		WHERE q.ticket_id = of_ticket RETURNING * INTO new;
		PERFORM triaged.count_move(old, new);
	END IF;
	INSERT INTO triaged.ticket_event (ticket_id, kind, actor, detail)
	VALUES (of_ticket, 'wait_ended', 'triaged', jsonb_strip_nulls(jsonb_build_object('then', what,
	    'why', why, 'team', old.team, 'priority', old.priority, 'category', old.category)));
	RETURN what;
END $$;
COMMENT ON FUNCTION triaged.wait_end(uuid, timestamptz, text, timestamptz) IS 'Ends a wait, if that moment is still due: what was done then, else null. what: close, or people: to the queue, with the due time it has, else the one given. Who was never reached by a mail of the ticket could not answer: people, whatever was asked for.';
