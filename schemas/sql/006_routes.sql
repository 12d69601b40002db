-- SPDX-License-Identifier: MIT
-- A follow-up may tell who owns the ticket: by its routes it goes to another team or
-- priority than before. follow_up_write() moves what waits there, and says so.

CREATE OR REPLACE FUNCTION triaged.follow_up_write(
	of_ticket uuid, new_key bytea, new_digest bytea, new_digest_version smallint,
	seen_messages bigint, seen_state text, seen_category text,
	new_body text, new_fields jsonb, new_attachments jsonb, positions int[], contents bytea[],
	new_decision jsonb, move text, new_due_at timestamptz, wait_seconds double precision,
	new_reply_id uuid, reply_kind text, reply_locale text, reply_subject text, reply_body text
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, triaged, pg_temp AS $$
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
		    team = new_decision->>'team', priority = new_decision->>'priority',
		    ends_at = NULL, remind_at = NULL
		WHERE q.ticket_id = of_ticket RETURNING * INTO new;
		PERFORM triaged.count_move(old, new);
	WHEN 'ask' THEN
		UPDATE triaged.queue q SET asked = q.asked + 1, ends_at = now + wait,
		    remind_at = now + wait / 2,
		    team = new_decision->>'team', priority = new_decision->>'priority'
		WHERE q.ticket_id = of_ticket RETURNING * INTO new;
		PERFORM triaged.count_move(old, new);
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
	    'state', new_decision->'state') || CASE
	    WHEN move IN ('queue', 'ask') AND (old.team, old.priority) <> (new.team, new.priority)
	    THEN jsonb_build_object('team', new.team, 'priority', new.priority) ELSE '{}' END);
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
COMMENT ON FUNCTION triaged.follow_up_write(uuid, bytea, bytea, smallint, bigint, text, text, text, jsonb, jsonb, int[], bytea[], jsonb, text, timestamptz, double precision, uuid, text, text, text, text) IS 'Keeps a follow-up and does what it brings about, all or nothing. False: the ticket is not as it was read (number of messages, state, category), so nothing was written. move: stay, queue (waiting to queued), ask (waits anew), close, reopen. queue, ask and reopen: for the decision''s team and priority.';
