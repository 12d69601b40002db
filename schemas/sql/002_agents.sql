-- SPDX-License-Identifier: MIT
-- Agents: who they are, how one of them holds a ticket, and what they do with it.
--
-- A ticket is held by a lease: the row of triaged.queue says "held", by whom, until
-- when, and with which token. Each acquisition has a token of its own, from one
-- sequence, and every write names the token it acts by: a holder whose lease has
-- run out is refused, whether somebody else holds the ticket now, had it and
-- closed it, or nobody took it. A name would be no fence: the same agent may come
-- back. Time is always the database's clock.
--
-- The columns kind and author of the outbox, which reply() and ticket_page() name,
-- come with 003_mail.sql.
--
-- Functions for people are SECURITY DEFINER and check who calls; the others are for
-- these functions, and nobody else may run them (005_roles.sql).

-- Settings and agents ---------------------------------------------------------

CREATE TABLE triaged.setting (
	name  text PRIMARY KEY,
	value jsonb NOT NULL
);
COMMENT ON TABLE triaged.setting IS 'What the policy registered last says to SQL. "lease": {"ms": how long a claim holds when it does not say, "longest_ms": how long renewing may go on}.';
INSERT INTO triaged.setting VALUES ('lease', '{"ms": 600000, "longest_ms": 43200000}');

CREATE TABLE triaged.agent (
	name       text PRIMARY KEY CHECK (name ~ '^[[:graph:]]{1,64}$' AND name <> 'triaged'),
	title      text NOT NULL,
	languages  text[] NOT NULL CHECK (cardinality(languages) > 0),
	login      text,
	active     boolean NOT NULL DEFAULT true,
	created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE triaged.agent IS 'People who work on tickets. An agent is never deleted, as the history has the name; one who left is not active.';
COMMENT ON COLUMN triaged.agent.languages IS 'The locales of the tickets that this agent is given.';
COMMENT ON COLUMN triaged.agent.login IS 'The database role that alone may act as this agent; null: every role that may run the functions.';

CREATE TABLE triaged.agent_team (
	agent text NOT NULL REFERENCES triaged.agent,
	team  text NOT NULL,
	PRIMARY KEY (agent, team)
);
COMMENT ON TABLE triaged.agent_team IS 'Whose tickets an agent takes.';

-- What was said and done ----------------------------------------------------------

CREATE TABLE triaged.message (
	ticket_id   uuid NOT NULL,
	message_no  bigint GENERATED ALWAYS AS IDENTITY,
	at          timestamptz NOT NULL DEFAULT clock_timestamp(),
	kind        text NOT NULL CHECK (kind IN ('follow_up', 'reply', 'note')),
	author      text NOT NULL,
	body        text NOT NULL,
	fields      jsonb NOT NULL DEFAULT '{}',
	attachments jsonb NOT NULL DEFAULT '[]',
	key         bytea,
	PRIMARY KEY (ticket_id, message_no)
);
COMMENT ON TABLE triaged.message IS 'What people said about a ticket after it was accepted: the requester (follow_up), an agent to the requester (reply), an agent to colleagues (note).';
COMMENT ON COLUMN triaged.message.key IS 'The sender''s name of a follow-up: sent again, it is the same one.';
CREATE UNIQUE INDEX message_key ON triaged.message (ticket_id, key) WHERE key IS NOT NULL;

-- The queue: leases ----------------------------------------------------------------

ALTER TABLE triaged.queue
	ADD COLUMN locale text,
	ADD COLUMN category text,
	ADD COLUMN holder text,
	ADD COLUMN lease_token bigint,
	ADD COLUMN held_since timestamptz,
	ADD COLUMN claims int NOT NULL DEFAULT 0;
UPDATE triaged.queue q SET locale = t.locale, category = t.category
FROM triaged.ticket t WHERE t.ticket_id = q.ticket_id;
ALTER TABLE triaged.queue
	ALTER COLUMN locale SET NOT NULL,
	ALTER COLUMN category SET NOT NULL,
	ADD CONSTRAINT queue_lease CHECK (CASE WHEN state = 'held'
	    THEN num_nulls(holder, lease_token, held_since, ends_at) = 0
	    ELSE num_nonnulls(holder, lease_token, held_since) = 0 END);
COMMENT ON TABLE triaged.queue IS
'The one place of every open ticket. The primary key is the promise: a ticket
is queued, held by one agent, or waiting for its requester, never two of them;
without a row here it is closed. Narrow, because it is rewritten at each move.

Who moves a row tells count_move() both versions of it: the depth is kept so.';
COMMENT ON COLUMN triaged.queue.locale IS 'Of the ticket. Team and locale are the cell that claims are made from.';
COMMENT ON COLUMN triaged.queue.category IS 'The current one; ticket.category is what was first decided.';
COMMENT ON COLUMN triaged.queue.lease_token IS 'Of this acquisition, and of no other ever.';
COMMENT ON COLUMN triaged.queue.claims IS 'How often the ticket was taken.';
CREATE SEQUENCE triaged.lease_token;
COMMENT ON SEQUENCE triaged.lease_token IS 'One number per acquisition.';

DROP INDEX triaged.queue_next;
CREATE INDEX queue_next ON triaged.queue (team, locale, due_at, ticket_id) WHERE state = 'queued';
COMMENT ON INDEX triaged.queue_next IS 'The most pressing ticket of a cell.';
DROP INDEX triaged.queue_ends;
CREATE INDEX queue_lease_ends ON triaged.queue (ends_at) WHERE state = 'held';
COMMENT ON INDEX triaged.queue_lease_ends IS 'Leases that have run out.';
CREATE INDEX queue_wait_ends ON triaged.queue (ends_at) WHERE state = 'waiting';
COMMENT ON INDEX triaged.queue_wait_ends IS 'Waits that have run out.';

-- Where a claim begins to look. A ticket that was taken leaves a dead entry in
-- queue_next, at its head; while any old snapshot is held (a dump, a report, a
-- session forgotten in a transaction) nothing can remove them, and each claim walks
-- over all: after 20 s the rate is at 6 %. So claims leave marks, and the next one
-- begins at the newest. Marks are added only, and read from their new end:
-- they do not suffer from what they cure.
CREATE UNLOGGED TABLE triaged.claim_mark (
	team      text NOT NULL,
	locale    text NOT NULL,
	mark_id   bigint GENERATED ALWAYS AS IDENTITY,
	due_at    timestamptz NOT NULL,
	ticket_id uuid NOT NULL,
	swept_at  timestamptz NOT NULL,
	by_sweep  boolean NOT NULL,
	PRIMARY KEY (team, locale, mark_id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
COMMENT ON TABLE triaged.claim_mark IS 'Per cell: nothing that is queued lies before (due_at, ticket_id), as far as is known; the newest counts. A ticket that comes behind the mark is found by the next sweep, within a second. A hint only: without marks the search begins at the front.';
COMMENT ON COLUMN triaged.claim_mark.swept_at IS 'When the cell was last looked at from its front.';
COMMENT ON COLUMN triaged.claim_mark.by_sweep IS 'The next claim puts a new mark where it finds its ticket: between the two may be many dead entries.';

-- Depth, with what is past its target ----------------------------------------------

DROP VIEW triaged.queue_depth;
ALTER TABLE triaged.queue_depth_delta
	ADD COLUMN due timestamptz NOT NULL DEFAULT 'infinity',
	ADD COLUMN from_state text;
COMMENT ON TABLE triaged.queue_depth_delta IS 'Changes of depth not yet folded into queue_depth_total: delta tickets came to state, out of from_state where that is not null. Every transaction that changes triaged.queue adds its own here.';
COMMENT ON COLUMN triaged.queue_depth_delta.due IS 'due_slot() of the tickets.';

TRUNCATE triaged.queue_depth_delta, triaged.queue_depth_total;
ALTER TABLE triaged.queue_depth_total
	ADD COLUMN due timestamptz NOT NULL,
	DROP CONSTRAINT queue_depth_total_pkey,
	ADD PRIMARY KEY (team, priority, state, due);
COMMENT ON TABLE triaged.queue_depth_total IS 'Depth without what stands in queue_depth_delta. Slots that are over are one, -infinity. Only fold_depth() writes it.';

CREATE TABLE triaged.queue_depth_oldest (
	team        text NOT NULL,
	priority    text NOT NULL,
	state       text NOT NULL,
	received_at timestamptz NOT NULL,
	PRIMARY KEY (team, priority, state)
) WITH (fillfactor = 50);
COMMENT ON TABLE triaged.queue_depth_oldest IS 'Where the search for the oldest ticket of a cell begins, for the same reason as claim_mark. Only fold_depth() writes it.';

CREATE FUNCTION triaged.due_slot(due_at timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE
PARALLEL SAFE AS $$
	SELECT coalesce(date_bin('5 minutes', due_at, '2000-01-01 00:00+00'), 'infinity')
$$;
COMMENT ON FUNCTION triaged.due_slot(timestamptz) IS 'The five minutes that a due time falls into, by their begin: how finely past_target is counted. infinity without a due time.';

INSERT INTO triaged.queue_depth_total (team, priority, state, due, depth)
SELECT team, priority, state, triaged.due_slot(due_at), count(*)
FROM triaged.queue GROUP BY 1, 2, 3, 4;

CREATE FUNCTION triaged.count_move(old triaged.queue, new triaged.queue) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF old.team = new.team AND old.priority = new.priority
	   AND triaged.due_slot(old.due_at) = triaged.due_slot(new.due_at) THEN
		IF old.state <> new.state THEN
			INSERT INTO triaged.queue_depth_delta (team, priority, due, state, from_state, delta)
			VALUES (new.team, new.priority, triaged.due_slot(new.due_at), new.state, old.state, 1);
		END IF;
		RETURN;
	END IF;
	INSERT INTO triaged.queue_depth_delta (team, priority, due, state, delta)
	SELECT side.team, side.priority, triaged.due_slot(side.due_at), side.state, side.delta
	FROM (VALUES (old.team, old.priority, old.due_at, old.state, -1),
	             (new.team, new.priority, new.due_at, new.state, 1))
	     AS side(team, priority, due_at, state, delta)
	WHERE side.team IS NOT NULL;
END $$;
COMMENT ON FUNCTION triaged.count_move(triaged.queue, triaged.queue) IS 'Keeps the depth: to be told of every move, with the row before and after it, null for none.';

CREATE OR REPLACE FUNCTION triaged.fold_depth() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	over   timestamptz := clock_timestamp() - interval '5 minutes';
	folded bigint;
BEGIN
	-- One folder at a time; the others have nothing to do.
	IF NOT pg_try_advisory_xact_lock(hashtext('triaged.fold_depth')) THEN
		RETURN 0;
	END IF;
	WITH gone AS (
		DELETE FROM triaged.queue_depth_delta
		RETURNING team, priority, due, state, from_state, delta
	), merged AS (
		DELETE FROM triaged.queue_depth_total t WHERE t.due <= over AND t.due <> '-infinity'
		RETURNING t.team, t.priority, t.state, t.depth
	), few AS (
		SELECT team, priority, due, state, from_state, sum(delta) AS delta, count(*) AS rows
		FROM gone GROUP BY team, priority, due, state, from_state
	), side AS (
		SELECT team, priority, state, due, delta FROM few
		UNION ALL SELECT team, priority, from_state, due, -delta FROM few
		WHERE from_state IS NOT NULL
		UNION ALL SELECT team, priority, state, '-infinity', depth FROM merged
	), added AS (
		INSERT INTO triaged.queue_depth_total AS total (team, priority, state, due, depth)
		SELECT team, priority, state, CASE WHEN due <= over THEN '-infinity' ELSE due END,
		       sum(delta)
		FROM side GROUP BY 1, 2, 3, 4 HAVING sum(delta) <> 0
		ON CONFLICT (team, priority, state, due) DO UPDATE SET depth = total.depth + excluded.depth
		RETURNING 1
	)
	SELECT coalesce(sum(rows), 0) INTO folded FROM few;
	DELETE FROM triaged.queue_depth_total t WHERE t.depth = 0;

	INSERT INTO triaged.queue_depth_oldest AS known (team, priority, state, received_at)
	SELECT cell.team, cell.priority, cell.state, oldest.received_at
	FROM (SELECT DISTINCT t.team, t.priority, t.state FROM triaged.queue_depth_total t) cell
	CROSS JOIN LATERAL (
		SELECT q.received_at FROM triaged.queue q
		WHERE q.team = cell.team AND q.priority = cell.priority AND q.state = cell.state
		ORDER BY q.received_at LIMIT 1) oldest
	ON CONFLICT (team, priority, state) DO UPDATE SET received_at = excluded.received_at
	WHERE known.received_at <> excluded.received_at;
	RETURN folded;
END $$;

CREATE VIEW triaged.queue_depth AS
	WITH moved AS (
		SELECT d.team, d.priority, d.due, d.state, d.from_state, sum(d.delta) AS delta
		FROM triaged.queue_depth_delta d
		GROUP BY d.team, d.priority, d.due, d.state, d.from_state
	), part AS (
		SELECT t.team, t.priority, t.state, t.due, t.depth FROM triaged.queue_depth_total t
		UNION ALL SELECT m.team, m.priority, m.state, m.due, m.delta FROM moved m
		UNION ALL SELECT m.team, m.priority, m.from_state, m.due, -m.delta FROM moved m
		WHERE m.from_state IS NOT NULL
	), cell AS (
		SELECT p.team, p.priority, p.state, sum(p.depth)::bigint AS depth,
		       sum(p.depth) FILTER (WHERE p.due <= clock_timestamp() - interval '5 minutes') AS over
		FROM part p GROUP BY p.team, p.priority, p.state
	)
	SELECT cell.team, cell.priority, cell.state, cell.depth,
	       greatest(clock_timestamp() - oldest.received_at, interval '0') AS oldest_age,
	       CASE WHEN cell.state = 'waiting' THEN 0 ELSE coalesce(cell.over, 0) END::bigint
	           AS past_target
	FROM cell LEFT JOIN triaged.queue_depth_oldest known USING (team, priority, state)
	LEFT JOIN LATERAL (
		SELECT q.received_at FROM triaged.queue q
		WHERE q.team = cell.team AND q.priority = cell.priority AND q.state = cell.state
		AND q.received_at >= coalesce(known.received_at, '-infinity')
		ORDER BY q.received_at LIMIT 1
	) oldest ON true
	WHERE cell.depth <> 0;
COMMENT ON VIEW triaged.queue_depth IS 'Open tickets per team, priority and state; the age of the oldest (a ticket that came back counts again after the next fold); how many are past their target, to five minutes (who waits for the requester is not). Cheap whatever the depth: sums of a few rows and one index probe per cell.';

-- Small things that the functions share --------------------------------------------

CREATE FUNCTION triaged.refuse(code text, message text, hint text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message, HINT = coalesce(hint, '');
END $$;
COMMENT ON FUNCTION triaged.refuse(text, text, text) IS 'TR001 lease_lost, TR002 agent, TR003 ticket, TR004 not your team, TR005 no such name, TR006 not to be claimed now, TR007 the requester has written meanwhile.';

CREATE FUNCTION triaged.shown(name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(quote_literal(left(name, 80)), 'without a name')
$$;

CREATE FUNCTION triaged.agent_check(name text) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
	found_agent triaged.agent;
BEGIN
	SELECT * INTO found_agent FROM triaged.agent a WHERE a.name = agent_check.name;
	IF NOT FOUND THEN
		PERFORM triaged.refuse('TR002', format('there is no agent %s', triaged.shown(name)),
		    'An operator adds agents: "triagectl agent add".');
	ELSIF NOT found_agent.active THEN
		PERFORM triaged.refuse('TR002', format('agent %L is not active', name),
		    'An operator can change that: triaged.agent_set_active().');
	ELSIF found_agent.login <> session_user THEN
		PERFORM triaged.refuse('TR002',
		    format('the role %I may not act as agent %L', session_user, name),
		    'Connect with the role of this agent.');
	END IF;
END $$;

CREATE FUNCTION triaged.find_ticket(ticket text) RETURNS uuid LANGUAGE plpgsql STABLE AS $$
DECLARE
	found_id uuid;
BEGIN
	IF ticket ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN
		SELECT t.ticket_id INTO found_id FROM triaged.ticket t WHERE t.ticket_id = ticket::uuid;
	ELSE -- Crockford's alphabet: who reads O or I means 0 or 1
		SELECT k.ticket_id INTO found_id FROM triaged.ticket_key k
		WHERE k.reference = translate(upper(ticket), 'OIL', '011');
	END IF;
	IF found_id IS NULL THEN
		PERFORM triaged.refuse('TR003', format('there is no ticket %s', triaged.shown(ticket)),
		    'A ticket is named by its reference (8 letters and digits) or its number (a UUID).');
	END IF;
	RETURN found_id;
END $$;

CREATE FUNCTION triaged.check_name(kind text, name text) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
	names text[];
BEGIN
	IF kind = 'team' THEN
		SELECT array_agg(t.name ORDER BY t.name) INTO names FROM triaged.team t;
	ELSIF kind = 'priority' THEN
		SELECT array_agg(p.name ORDER BY p.urgency) INTO names FROM triaged.priority p;
	ELSE
		SELECT array_agg(c.name ORDER BY c.name) INTO names FROM triaged.category c;
	END IF;
	IF name = ANY(names) THEN
		RETURN;
	END IF;
	PERFORM triaged.refuse('TR005', format('there is no %s %s', kind, triaged.shown(name)),
	    coalesce('There are ' || array_to_string(names, ', ') || '.',
	        'No policy is registered yet: a daemon does that when it starts.'));
END $$;

CREATE FUNCTION triaged.lease_end(lease interval, held_since timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
	setting jsonb;
	longest interval;
BEGIN
	SELECT s.value INTO setting FROM triaged.setting s WHERE s.name = 'lease';
	longest := (setting->>'longest_ms')::bigint * interval '1 ms';
	IF lease <= '0' OR lease > longest THEN
		PERFORM triaged.refuse('TR005', format('a lease of %s is not possible', lease),
		    format('More than nothing, and at most %s.', longest));
	END IF;
	RETURN least(
	    clock_timestamp() + coalesce(lease, (setting->>'ms')::bigint * interval '1 ms'),
	    held_since + longest);
END $$;
COMMENT ON FUNCTION triaged.lease_end(interval, timestamptz) IS 'Never later than the longest tenure after held_since: a forgotten terminal does not renew for ever.';

CREATE FUNCTION triaged.held(agent text, ticket text, lease_token bigint) RETURNS triaged.queue
LANGUAGE plpgsql AS $$
DECLARE
	id  uuid;
	row triaged.queue;
	now text;
BEGIN
	PERFORM triaged.agent_check(agent);
	id := triaged.find_ticket(ticket);
	SELECT * INTO row FROM triaged.queue q WHERE q.ticket_id = id FOR UPDATE;
	IF row.lease_token = held.lease_token AND row.holder = agent AND row.ends_at > clock_timestamp() THEN
		RETURN row;
	END IF;
	now := CASE
	    WHEN row.state IS NULL THEN 'it is closed'
	    WHEN row.state = 'queued' THEN 'it is in the queue of ' || row.team
	    WHEN row.state = 'waiting' THEN 'it waits for the requester'
	    WHEN row.lease_token = held.lease_token AND row.holder = agent THEN
	        format('your lease ended at %s', to_char(row.ends_at, 'YYYY-MM-DD HH24:MI:SS TZ'))
	    ELSE format('%s holds it by another lease', row.holder) END;
	PERFORM triaged.refuse('TR001',
	    format('lease_lost: you do not hold ticket %s any more: %s', ticket, now),
	    'Nothing was written. To go on with it, claim it again.');
END $$;
COMMENT ON FUNCTION triaged.held(text, text, bigint) IS 'The row that this lease holds, locked; TR001 when it holds it no more.';

CREATE FUNCTION triaged.expire_lease(old triaged.queue) RETURNS triaged.queue
LANGUAGE plpgsql AS $$
DECLARE
	new triaged.queue;
BEGIN
	UPDATE triaged.queue q SET state = 'queued', holder = NULL, lease_token = NULL,
	    held_since = NULL, ends_at = NULL
	WHERE q.ticket_id = old.ticket_id RETURNING * INTO new;
	PERFORM triaged.count_move(old, new);
	INSERT INTO triaged.ticket_event (ticket_id, kind, actor, detail)
	VALUES (old.ticket_id, 'lease_expired', 'triaged',
	    jsonb_build_object('agent', old.holder, 'token', old.lease_token));
	RETURN new;
END $$;

CREATE FUNCTION triaged.expire_leases() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	at  timestamptz := clock_timestamp(); -- as a constant it can be looked up in the index
	row triaged.queue;
BEGIN
	FOR row IN SELECT * FROM triaged.queue q WHERE q.state = 'held' AND q.ends_at <= at
	           ORDER BY q.ends_at LIMIT 200 FOR UPDATE SKIP LOCKED LOOP
		PERFORM triaged.expire_lease(row);
	END LOOP;
END $$;
COMMENT ON FUNCTION triaged.expire_leases() IS 'Puts tickets back whose lease has run out. Claims call it, so that no other process has to live for it.';

CREATE FUNCTION triaged.follow_up_no(of_ticket uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
	SELECT coalesce(max(m.message_no), 0) FROM triaged.message m
	WHERE m.ticket_id = of_ticket AND m.kind = 'follow_up'
$$;
COMMENT ON FUNCTION triaged.follow_up_no(uuid) IS 'Number of the last message of the requester; 0: there is none.';

-- Whoever adds a message of the requester locks the row of the queue first: what was
-- not there when the holder had it locked comes after this step, and finds it done.
CREATE FUNCTION triaged.check_seen(old triaged.queue, seen bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT 1 FROM triaged.message m
	           WHERE m.ticket_id = old.ticket_id AND m.kind = 'follow_up'
	           AND CASE WHEN seen IS NULL THEN m.at > old.held_since
	               ELSE m.message_no > seen END) THEN
		PERFORM triaged.refuse('TR007', 'the requester has written meanwhile',
		    'Nothing was written. Look at the ticket again first.');
	END IF;
END $$;
COMMENT ON FUNCTION triaged.check_seen(triaged.queue, bigint) IS 'TR007 when the requester wrote after the message that was seen last (follow_up_no); null: after the ticket was taken.';

-- Claiming --------------------------------------------------------------------------

CREATE TYPE triaged.claimed AS (
	ticket_id   uuid,
	reference   text,
	lease_token bigint,
	ends_at     timestamptz,
	team        text,
	priority    text,
	category    text,
	due_at      timestamptz,
	follow_up_no bigint
);
COMMENT ON COLUMN triaged.claimed.follow_up_no IS 'Number of the requester''s last message, 0 for none: what complete() and reply() want to be told as seen.';

-- Looks at a cell from its front, and puts the mark where its first ticket is.
CREATE FUNCTION triaged.claim_sweep(teams text[], locales text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM triaged.expire_leases();
	-- Who cannot get the lock leaves the sweep to its holder, unless that takes long.
	INSERT INTO triaged.claim_mark (team, locale, due_at, ticket_id, swept_at, by_sweep)
	SELECT t.team, l.locale, coalesce(head.due_at, 'infinity'),
	       coalesce(head.ticket_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
	       clock_timestamp(), true
	FROM unnest(teams) AS t(team) CROSS JOIN unnest(locales) AS l(locale)
	LEFT JOIN LATERAL (
		SELECT clock_timestamp() - m.swept_at AS age FROM triaged.claim_mark m
		WHERE m.team = t.team AND m.locale = l.locale
		ORDER BY m.mark_id DESC LIMIT 1) mark ON true
	CROSS JOIN LATERAL (
		SELECT CASE WHEN mark.age < interval '1 second' THEN false
		       WHEN pg_try_advisory_xact_lock(hashtext('triaged.claim'),
		           hashtext(t.team || ' ' || l.locale)) THEN true
		       ELSE coalesce(mark.age > interval '5 seconds', true) END AS wanted
		OFFSET 0) sweep
	LEFT JOIN LATERAL (
		SELECT q.due_at, q.ticket_id FROM triaged.queue q
		WHERE q.team = t.team AND q.locale = l.locale AND q.state = 'queued'
		AND sweep.wanted
		ORDER BY q.due_at, q.ticket_id LIMIT 1) head ON true
	WHERE sweep.wanted;
END $$;
COMMENT ON FUNCTION triaged.claim_sweep(text[], text[]) IS 'Looks at cells from their front and puts the marks where their first tickets are: each cell once a second at most, by one of the claims.';

CREATE FUNCTION triaged.claim_first(teams text[], locales text[]) RETURNS triaged.queue
LANGUAGE plpgsql AS $$
DECLARE
	row   triaged.queue;
	list  uuid[];
	id    uuid;
	many  int := 8;
	stale boolean;
	jump  boolean;
	swept boolean := false;
	front boolean := false;
BEGIN
	LOOP
		-- A short list, without locks; then the first of it that is free, by its
		-- key. Locking along the index instead would refuse to colleagues of other
		-- teams what is only looked at here.
		SELECT array_agg(near.ticket_id ORDER BY near.due_at, near.ticket_id)
		           FILTER (WHERE near.ticket_id IS NOT NULL),
		       bool_or(coalesce(mark.swept_at < clock_timestamp() - interval '1 second', true)),
		       bool_or(mark.by_sweep)
		INTO list, stale, jump
		FROM unnest(teams) AS t(team) CROSS JOIN unnest(locales) AS l(locale)
		LEFT JOIN LATERAL (
			SELECT * FROM triaged.claim_mark m
			WHERE m.team = t.team AND m.locale = l.locale AND NOT front
			ORDER BY m.mark_id DESC LIMIT 1) mark ON true
		LEFT JOIN LATERAL (
			SELECT q.due_at, q.ticket_id FROM triaged.queue q
			WHERE q.team = t.team AND q.locale = l.locale AND q.state = 'queued'
			AND (q.due_at, q.ticket_id) >= (coalesce(mark.due_at, '-infinity'),
			    coalesce(mark.ticket_id, '00000000-0000-0000-0000-000000000000'))
			ORDER BY q.due_at, q.ticket_id LIMIT many) near ON true;
		IF stale AND NOT swept THEN
			swept := true;
			PERFORM triaged.claim_sweep(teams, locales);
			CONTINUE;
		END IF;
		FOREACH id IN ARRAY coalesce(list, '{}') LOOP
			SELECT * INTO row FROM triaged.queue q
			WHERE q.ticket_id = id AND q.state = 'queued' FOR UPDATE SKIP LOCKED;
			EXIT WHEN FOUND;
		END LOOP;
		IF row.ticket_id IS NOT NULL THEN
			EXIT;
		ELSIF cardinality(list) >= many THEN
			many := many * 4; -- others were faster
		ELSIF front THEN
			RETURN NULL;
		ELSE -- nothing behind the marks: before saying so, look at everything
			front := true;
			PERFORM triaged.expire_leases();
		END IF;
	END LOOP;
	IF jump OR random() < 1.0 / 16 THEN
		INSERT INTO triaged.claim_mark (team, locale, due_at, ticket_id, swept_at, by_sweep)
		SELECT row.team, row.locale, row.due_at, row.ticket_id, mark.swept_at, false
		FROM (SELECT * FROM triaged.claim_mark m
		      WHERE m.team = row.team AND m.locale = row.locale
		      ORDER BY m.mark_id DESC LIMIT 1) mark
		WHERE (mark.due_at, mark.ticket_id) < (row.due_at, row.ticket_id);
	END IF;
	RETURN row;
END $$;
COMMENT ON FUNCTION triaged.claim_first(text[], text[]) IS 'The most pressing ticket of these cells that nobody is taking, locked; null when there is none.';

CREATE FUNCTION triaged.claim_named(ticket text, teams text[]) RETURNS triaged.queue
LANGUAGE plpgsql AS $$
DECLARE
	id  uuid := triaged.find_ticket(ticket);
	row triaged.queue;
BEGIN
	SELECT * INTO row FROM triaged.queue q WHERE q.ticket_id = id FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM triaged.refuse('TR006', format('ticket %s is closed', ticket), NULL);
	ELSIF NOT row.team = ANY(teams) THEN
		PERFORM triaged.refuse('TR004', format('ticket %s belongs to team %s', ticket, row.team),
		    'An operator says who is in which team: "triagectl agent add".');
	ELSIF row.state = 'waiting' THEN
		PERFORM triaged.refuse('TR006',
		    format('ticket %s waits for the requester''s answer', ticket),
		    'It comes back by itself: with the answer, or when the wait ends.');
	ELSIF row.state = 'held' AND row.ends_at > clock_timestamp() THEN
		PERFORM triaged.refuse('TR006', format('%s holds ticket %s', row.holder, ticket),
		    format('The lease ends at %s unless it is renewed.',
		        to_char(row.ends_at, 'YYYY-MM-DD HH24:MI:SS TZ')));
	ELSIF row.state = 'held' THEN
		row := triaged.expire_lease(row);
	END IF;
	RETURN row;
END $$;

CREATE FUNCTION triaged.claim(agent text, team text DEFAULT NULL, ticket text DEFAULT NULL,
    lease interval DEFAULT NULL)
RETURNS SETOF triaged.claimed LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, triaged, pg_temp
-- Planned once: planning asks the index for its ends, and there the dead entries are.
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	teams   text[];
	locales text[];
	old     triaged.queue;
	new     triaged.queue;
BEGIN
	PERFORM triaged.agent_check(agent);
	SELECT a.languages, ARRAY(SELECT m.team FROM triaged.agent_team m WHERE m.agent = a.name)
	INTO locales, teams FROM triaged.agent a WHERE a.name = claim.agent;
	IF team IS NOT NULL THEN
		IF NOT team = ANY(teams) THEN
			PERFORM triaged.check_name('team', team);
			PERFORM triaged.refuse('TR004', format('agent %s is not in team %s', agent, team),
			    'An operator says who is in which team: "triagectl agent add".');
		END IF;
		teams := ARRAY[team];
	END IF;
	IF ticket IS NULL THEN
		old := triaged.claim_first(teams, locales);
	ELSE
		old := triaged.claim_named(ticket, teams);
	END IF;
	IF old.ticket_id IS NULL THEN
		RETURN;
	END IF;
	UPDATE triaged.queue q SET state = 'held', holder = claim.agent,
	    lease_token = nextval('triaged.lease_token'), held_since = clock_timestamp(),
	    ends_at = triaged.lease_end(lease, clock_timestamp()), claims = q.claims + 1
	WHERE q.ticket_id = old.ticket_id RETURNING * INTO new;
	PERFORM triaged.count_move(old, new);
	INSERT INTO triaged.ticket_event (ticket_id, kind, actor, detail)
	VALUES (new.ticket_id, 'claimed', agent,
	    jsonb_build_object('token', new.lease_token, 'team', new.team));
	RETURN QUERY SELECT new.ticket_id, t.reference, new.lease_token, new.ends_at, new.team,
	    new.priority, new.category, new.due_at, triaged.follow_up_no(new.ticket_id)
	FROM triaged.ticket t WHERE t.ticket_id = new.ticket_id;
END $$;
COMMENT ON FUNCTION triaged.claim(text, text, text, interval) IS 'Takes the most pressing ticket of the agent''s teams and languages (or of one team, or the named ticket of one of the teams, whatever its language): one row, or none when there is none. Tickets whose lease has run out are among them.';

-- Working on a held ticket -------------------------------------------------------------

CREATE FUNCTION triaged.renew(agent text, ticket text, lease_token bigint, lease interval DEFAULT NULL)
RETURNS timestamptz LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, triaged, pg_temp AS $$
DECLARE
	old triaged.queue := triaged.held(agent, ticket, lease_token);
	new triaged.queue;
BEGIN
	UPDATE triaged.queue q SET ends_at = triaged.lease_end(lease, old.held_since)
	WHERE q.ticket_id = old.ticket_id RETURNING * INTO new;
	RETURN new.ends_at;
END $$;
COMMENT ON FUNCTION triaged.renew(text, text, bigint, interval) IS 'Begins the lease''s length anew; when it ends then. Not in the history: there would be too many.';

-- Out of the hands of its holder: into a queue, or to the requester.
CREATE FUNCTION triaged.put_back(old triaged.queue, team text, priority text, category text,
    due_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	new triaged.queue;
BEGIN
	UPDATE triaged.queue q SET state = 'queued', team = put_back.team,
	    priority = put_back.priority, category = put_back.category, due_at = put_back.due_at,
	    holder = NULL, lease_token = NULL, held_since = NULL, ends_at = NULL
	WHERE q.ticket_id = old.ticket_id RETURNING * INTO new;
	PERFORM triaged.count_move(old, new);
END $$;

CREATE FUNCTION triaged.check_due(due_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF NOT isfinite(due_at) THEN
		PERFORM triaged.refuse('TR005', format('a ticket cannot be due at %s', due_at), NULL);
	END IF;
END $$;

-- Working time only the daemon can count: this shift is exact for a team that works
-- all hours, and elsewhere as near as the two targets tell.
CREATE FUNCTION triaged.due_shifted(old triaged.queue, priority text) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
	SELECT greatest(old.received_at, old.due_at + coalesce(
	    (SELECT p.target FROM triaged.priority p WHERE p.name = due_shifted.priority)
	    - (SELECT p.target FROM triaged.priority p WHERE p.name = old.priority), interval '0'))
$$;
COMMENT ON FUNCTION triaged.due_shifted(triaged.queue, text) IS 'The due time with another priority: later or sooner by the difference of the targets, never before the ticket was received. Exact where the team works all hours.';

CREATE FUNCTION triaged.wait_ends(category text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
	SELECT clock_timestamp() + interval '14 days'
$$;
COMMENT ON FUNCTION triaged.wait_ends(text) IS 'The requester''s last moment to answer, if asked now about a ticket of this category.';

CREATE FUNCTION triaged.wait_begin(old triaged.queue) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	new triaged.queue;
BEGIN
	UPDATE triaged.queue q SET state = 'waiting', ends_at = triaged.wait_ends(q.category),
	    holder = NULL, lease_token = NULL, held_since = NULL
	WHERE q.ticket_id = old.ticket_id RETURNING * INTO new;
	PERFORM triaged.count_move(old, new);
END $$;

CREATE FUNCTION triaged.close(old triaged.queue) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM triaged.queue q WHERE q.ticket_id = old.ticket_id;
	PERFORM triaged.count_move(old, NULL);
END $$;

CREATE FUNCTION triaged.is_blank(body text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(btrim(body, E' \t\r\n'), '') = ''
$$;

CREATE FUNCTION triaged.add_note(old triaged.queue, agent text, body text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT triaged.is_blank(body) THEN
		INSERT INTO triaged.message (ticket_id, kind, author, body)
		VALUES (old.ticket_id, 'note', agent, body);
	END IF;
END $$;

CREATE FUNCTION triaged.complete(agent text, ticket text, lease_token bigint, note text DEFAULT NULL,
    seen bigint DEFAULT NULL)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, triaged, pg_temp AS $$
DECLARE
	old triaged.queue := triaged.held(agent, ticket, lease_token);
BEGIN
	PERFORM triaged.check_seen(old, seen);
	PERFORM triaged.add_note(old, agent, note);
	PERFORM triaged.close(old);
	INSERT INTO triaged.ticket_event (ticket_id, kind, actor, detail)
	VALUES (old.ticket_id, 'completed', agent, jsonb_build_object('token', old.lease_token,
	    'team', old.team, 'priority', old.priority, 'category', old.category));
END $$;
COMMENT ON FUNCTION triaged.complete(text, text, bigint, text, bigint) IS 'Closes the ticket, unless the requester has written after what was seen: check_seen().';

CREATE FUNCTION triaged.release(agent text, ticket text, lease_token bigint, reason text DEFAULT NULL)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, triaged, pg_temp AS $$
DECLARE
	old triaged.queue := triaged.held(agent, ticket, lease_token);
BEGIN
	PERFORM triaged.add_note(old, agent, reason);
	PERFORM triaged.put_back(old, old.team, old.priority, old.category, old.due_at);
	INSERT INTO triaged.ticket_event (ticket_id, kind, actor, detail)
	VALUES (old.ticket_id, 'released', agent, jsonb_build_object('token', old.lease_token));
END $$;
COMMENT ON FUNCTION triaged.release(text, text, bigint, text) IS 'Puts the ticket back where it was in the queue. The reason is kept as a note.';

CREATE FUNCTION triaged.reassign(agent text, ticket text, lease_token bigint, team text,
    priority text DEFAULT NULL, due_at timestamptz DEFAULT NULL)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, triaged, pg_temp AS $$
DECLARE
	old triaged.queue := triaged.held(agent, ticket, lease_token);
BEGIN
	PERFORM triaged.check_name('team', team);
	PERFORM triaged.check_due(due_at);
	IF priority IS NOT NULL THEN
		PERFORM triaged.check_name('priority', priority);
	END IF;
	PERFORM triaged.put_back(old, team, coalesce(priority, old.priority), old.category,
	    coalesce(due_at, triaged.due_shifted(old, coalesce(priority, old.priority))));
	INSERT INTO triaged.ticket_event (ticket_id, kind, actor, detail)
	VALUES (old.ticket_id, 'reassigned', agent, jsonb_build_object('token', old.lease_token,
	    'from', old.team, 'to', team, 'priority', coalesce(priority, old.priority)));
END $$;
COMMENT ON FUNCTION triaged.reassign(text, text, bigint, text, text, timestamptz) IS 'Puts the ticket into the queue of a team. Its due time, unless given, stays with the priority, and moves with another one: due_shifted().';

CREATE FUNCTION triaged.recategorize(agent text, ticket text, lease_token bigint, category text,
    due_at timestamptz DEFAULT NULL)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, triaged, pg_temp AS $$
DECLARE
	old  triaged.queue := triaged.held(agent, ticket, lease_token);
	new  triaged.queue;
	into_ triaged.category;
BEGIN
	PERFORM triaged.check_name('category', category);
	PERFORM triaged.check_due(due_at);
	SELECT * INTO into_ FROM triaged.category c WHERE c.name = category;
	INSERT INTO triaged.ticket_event (ticket_id, kind, actor, detail)
	VALUES (old.ticket_id, 'recategorized', agent, jsonb_build_object('token', old.lease_token,
	    'from', old.category, 'to', category, 'team', into_.team, 'priority', into_.priority,
	    'moved', into_.team <> old.team));
	IF into_.team <> old.team THEN
		PERFORM triaged.put_back(old, into_.team, into_.priority, category,
		    coalesce(due_at, triaged.due_shifted(old, into_.priority)));
		RETURN false;
	END IF;
	UPDATE triaged.queue q SET category = recategorize.category, priority = into_.priority,
	    due_at = coalesce(recategorize.due_at, triaged.due_shifted(old, into_.priority))
	WHERE q.ticket_id = old.ticket_id RETURNING * INTO new;
	PERFORM triaged.count_move(old, new);
	RETURN true;
END $$;
COMMENT ON FUNCTION triaged.recategorize(text, text, bigint, text, timestamptz) IS 'Gives the ticket the category''s team and priority. True: the agent still holds it, as the team is the same; false: it is in the other team''s queue. The due time as in reassign().';

CREATE FUNCTION triaged.note(agent text, ticket text, lease_token bigint, body text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, triaged, pg_temp AS $$
DECLARE
	old triaged.queue := triaged.held(agent, ticket, lease_token);
BEGIN
	IF triaged.is_blank(body) THEN
		PERFORM triaged.refuse('TR005', 'the note is empty', 'Nothing was written.');
	END IF;
	PERFORM triaged.add_note(old, agent, body);
	INSERT INTO triaged.ticket_event (ticket_id, kind, actor, detail)
	VALUES (old.ticket_id, 'noted', agent, jsonb_build_object('token', old.lease_token));
END $$;
COMMENT ON FUNCTION triaged.note(text, text, bigint, text) IS 'Writes down something for colleagues; the requester never sees it.';

CREATE FUNCTION triaged.reply(agent text, ticket text, lease_token bigint, body text,
    next text DEFAULT 'keep', seen bigint DEFAULT NULL)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, triaged, pg_temp AS $$
DECLARE
	old  triaged.queue := triaged.held(agent, ticket, lease_token);
	mail uuid := gen_random_uuid();
BEGIN
	IF coalesce(next, '') NOT IN ('keep', 'done', 'wait') THEN
		PERFORM triaged.refuse('TR005', format('after a reply there is no %s', triaged.shown(next)),
		    'There are keep, done, wait.');
	ELSIF triaged.is_blank(body) THEN
		PERFORM triaged.refuse('TR005', 'the reply is empty', 'Nothing was sent.');
	ELSIF octet_length(body) > 65536 THEN
		PERFORM triaged.refuse('TR005', 'the reply is too long',
		    'Nothing was sent. At most 64 KiB (65536 bytes).');
	ELSIF next <> 'keep' THEN
		PERFORM triaged.check_seen(old, seen);
	END IF;
	INSERT INTO triaged.message (ticket_id, kind, author, body)
	VALUES (old.ticket_id, 'reply', agent, body);
	-- The first answer's subject, not the requester's own: whoever gave somebody
	-- else's address could otherwise have us send words there.
	INSERT INTO triaged.outbox (ticket_id, message_id, to_address, locale, subject, body, kind, author)
	SELECT t.ticket_id, mail, t.requester_email, t.locale,
	       coalesce('Re: ' || o.subject, t.reference), reply.body, 'reply', agent
	FROM triaged.ticket t
	LEFT JOIN triaged.outbox o ON o.ticket_id = t.ticket_id AND o.message_id = t.reply_id
	WHERE t.ticket_id = old.ticket_id;
	INSERT INTO triaged.ticket_event (ticket_id, kind, actor, detail)
	VALUES (old.ticket_id, 'replied', agent,
	    jsonb_build_object('token', old.lease_token, 'mail', mail, 'next', next));
	IF next = 'done' THEN
		PERFORM triaged.complete(agent, ticket, lease_token, seen => seen);
	ELSIF next = 'wait' THEN
		PERFORM triaged.wait_begin(old);
		INSERT INTO triaged.ticket_event (ticket_id, kind, actor, detail)
		VALUES (old.ticket_id, 'waiting', agent, jsonb_build_object('token', old.lease_token));
	END IF;
	RETURN mail;
END $$;
COMMENT ON FUNCTION triaged.reply(text, text, bigint, text, text, bigint) IS 'Sends an answer to the requester; the number of its mail. next: keep the ticket, done: close it, wait: for the requester''s answer; the last two not when the requester has written after what was seen: check_seen().';

-- Looking ----------------------------------------------------------------------------

CREATE VIEW triaged.my_tickets AS
	SELECT q.holder AS agent, q.ticket_id, t.reference, q.team, q.priority, q.category, q.locale,
	       t.subject, q.received_at, q.due_at, q.held_since, q.ends_at, q.claims
	FROM triaged.queue q JOIN triaged.agent a ON a.name = q.holder
	JOIN triaged.ticket t ON t.ticket_id = q.ticket_id
	WHERE q.state = 'held' AND q.ends_at > clock_timestamp()
	AND coalesce(a.login, session_user) = session_user;
COMMENT ON VIEW triaged.my_tickets IS 'What each agent holds now. The lease''s token is not here: it is its holder''s alone.';

CREATE VIEW triaged.ticket_history AS
	SELECT e.ticket_id, k.reference, e.event_id, e.at, e.kind, e.actor, e.detail - 'token' AS detail
	FROM triaged.ticket_event e JOIN triaged.ticket k ON k.ticket_id = e.ticket_id;
COMMENT ON VIEW triaged.ticket_history IS 'Who did what to a ticket and when: names and numbers only.';

CREATE FUNCTION triaged.ticket_page(agent text, ticket text)
RETURNS jsonb LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, triaged, pg_temp AS $$
DECLARE
	id    uuid;
	t     triaged.ticket;
	place triaged.queue;
	page  jsonb;
BEGIN
	PERFORM triaged.agent_check(agent);
	id := triaged.find_ticket(ticket);
	SELECT * INTO t FROM triaged.ticket x WHERE x.ticket_id = id;
	SELECT * INTO place FROM triaged.queue q WHERE q.ticket_id = id;
	IF NOT EXISTS (SELECT 1 FROM triaged.agent_team m WHERE m.agent = ticket_page.agent
	               AND m.team IN (t.team, place.team))
	   AND NOT EXISTS (SELECT 1 FROM triaged.ticket_event e
	                   WHERE e.ticket_id = id AND e.actor = ticket_page.agent) THEN
		PERFORM triaged.refuse('TR004',
		    format('ticket %s belongs to team %s', ticket, coalesce(place.team, t.team)),
		    'An operator says who is in which team: "triagectl agent add".');
	END IF;
	page := jsonb_build_object(
	    'ticket', jsonb_build_object('ticket', t.ticket_id, 'reference', t.reference,
	        'audience', t.audience, 'locale', t.locale, 'form_locale', t.form_locale,
	        'received_at', t.received_at, 'clock_from_sender', t.clock_from_sender,
	        'stored_at', t.stored_at, 'requester', jsonb_build_object(
	            'name', t.requester_name, 'email', t.requester_email),
	        'subject', t.subject, 'body', t.body, 'reason', t.reason, 'fields', t.fields,
	        'attachments', t.attachments),
	    'decision', t.explanation::jsonb || jsonb_build_object('category', t.category,
	        'outcome', t.outcome, 'team', t.team, 'priority', t.priority,
	        'missing', to_jsonb(t.missing), 'found', t.found, 'confidence', t.confidence,
	        'policy', encode(t.policy, 'hex')),
	    'place', jsonb_build_object('state', coalesce(place.state, 'closed'),
	        'team', place.team, 'priority', place.priority, 'category', place.category,
	        'due_at', place.due_at, 'holder', place.holder, 'held_since', place.held_since,
	        'ends_at', place.ends_at, 'claims', place.claims),
	    'told', (SELECT coalesce(jsonb_agg(jsonb_build_object('mail', o.message_id,
	            'kind', o.kind, 'author', o.author, 'state', o.state, 'at', o.created_at,
	            'subject', o.subject, 'body', o.body) ORDER BY o.created_at, o.message_id), '[]')
	        FROM triaged.outbox o WHERE o.ticket_id = id),
	    'messages', (SELECT coalesce(jsonb_agg(jsonb_build_object('no', m.message_no,
	            'at', m.at, 'kind', m.kind, 'author', m.author, 'body', m.body,
	            'fields', m.fields, 'attachments', m.attachments) ORDER BY m.message_no), '[]')
	        FROM triaged.message m WHERE m.ticket_id = id),
	    'follow_up_no', triaged.follow_up_no(id),
	    'history', (SELECT coalesce(jsonb_agg(jsonb_build_object('at', e.at, 'kind', e.kind,
	            'actor', e.actor, 'detail', e.detail - 'token') ORDER BY e.event_id), '[]')
	        FROM triaged.ticket_event e WHERE e.ticket_id = id));
	-- Mails carry the follow-up token in their link; it is the requester's alone.
	RETURN replace(page::text, t.follow_up_token, '…')::jsonb;
END $$;
COMMENT ON FUNCTION triaged.ticket_page(text, text) IS 'Everything about a ticket, for an agent of its team or who has worked on it: {ticket, decision, place, told, messages, follow_up_no, history}. Never the follow-up token.';

-- Operators ----------------------------------------------------------------------------

CREATE FUNCTION triaged.agent_add(agent text, title text, teams text[], languages text[],
    login text DEFAULT NULL)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, triaged, pg_temp AS $$
DECLARE
	team text;
BEGIN
	FOREACH team IN ARRAY coalesce(teams, '{}') LOOP
		PERFORM triaged.check_name('team', team);
	END LOOP;
	INSERT INTO triaged.agent AS a (name, title, languages, login)
	VALUES (agent, agent_add.title, agent_add.languages, agent_add.login)
	ON CONFLICT (name) DO UPDATE SET title = excluded.title, languages = excluded.languages,
	    login = excluded.login;
	DELETE FROM triaged.agent_team m WHERE m.agent = agent_add.agent;
	INSERT INTO triaged.agent_team (agent, team)
	SELECT DISTINCT agent_add.agent, t.name FROM unnest(teams) AS t(name);
END $$;
COMMENT ON FUNCTION triaged.agent_add(text, text, text[], text[], text) IS 'Adds an agent, or changes the title, teams, languages and login of one.';

CREATE FUNCTION triaged.agent_set_active(agent text, active boolean)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, triaged, pg_temp AS $$
BEGIN
	UPDATE triaged.agent a SET active = agent_set_active.active WHERE a.name = agent;
	IF NOT FOUND THEN
		PERFORM triaged.refuse('TR002', format('there is no agent %s', triaged.shown(agent)), NULL);
	END IF;
END $$;
COMMENT ON FUNCTION triaged.agent_set_active(text, boolean) IS 'Who is not active can do nothing more; what was held comes back when its lease ends.';

-- Housekeeping and policies ------------------------------------------------------------

CREATE FUNCTION triaged.tidy() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
	PERFORM triaged.expire_leases();
	DELETE FROM triaged.claim_mark m
	USING (SELECT n.team, n.locale, max(n.mark_id) AS mark_id FROM triaged.claim_mark n
	       GROUP BY n.team, n.locale) newest
	WHERE m.team = newest.team AND m.locale = newest.locale AND m.mark_id < newest.mark_id;
	RETURN triaged.fold_depth();
END $$;
COMMENT ON FUNCTION triaged.tidy() IS 'What the daemons'' housekeeping calls every few seconds. Returns the rows that fold_depth() folded.';

ALTER FUNCTION triaged.register_policy(bytea, text, jsonb) RENAME TO register_names;
CREATE FUNCTION triaged.register_policy(new_hash bytea, new_canonical text, names jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM triaged.register_names(new_hash, new_canonical, names);
	UPDATE triaged.setting s
	SET value = s.value || jsonb_build_object('ms', (names->>'lease_ms')::bigint)
	WHERE s.name = 'lease' AND names ? 'lease_ms';
END $$;
COMMENT ON FUNCTION triaged.register_policy(bytea, text, jsonb) IS 'register_names(), and the policy''s settings: names->lease_ms.';
