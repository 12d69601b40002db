-- SPDX-License-Identifier: MIT
-- Tickets, their one place, the outgoing mail and what people may ask about.
--
-- Applied by "triagectl db upgrade", which runs each file in one transaction
-- and records it in triaged.migration. A file that has been applied somewhere
-- is never edited again.
--
-- What holds everywhere:
--  * No foreign keys in the path of a new ticket: they cost 19 % of the ingest
--    rate. One statement writes all rows of a ticket, so none can be missing;
--    tests look for orphans instead.
--  * Every table that grows has ticket_id as its key. That is a UUIDv7: it
--    begins with the time in milliseconds, so indexes grow at one end, and
--    the tables can be partitioned by month without another column: RANGE
--    (ticket_id) with the bounds that triaged.uuid_floor(timestamp) gives. What
--    must be unique over all months (key, reference) is in ticket_key, which
--    stays whole for that reason.
--  * Names of teams, priorities and categories are stored as text: a ticket
--    means what its policy meant, also after the rules have changed.

CREATE SCHEMA IF NOT EXISTS triaged;
COMMENT ON SCHEMA triaged IS 'Support tickets: intake, queues, outgoing mail. Owner of all of it: triaged.';

-- Policies ------------------------------------------------------------------

CREATE TABLE triaged.policy (
	hash       bytea PRIMARY KEY CHECK (length(hash) = 32),
	canonical  text NOT NULL,
	first_used timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE triaged.policy IS 'Every generation of the rules that ever decided here, so that any decision can be explained later.';
COMMENT ON COLUMN triaged.policy.hash IS 'SHA-256 of canonical; the policy''s name.';

CREATE TABLE triaged.team (
	name  text PRIMARY KEY,
	title jsonb NOT NULL
);
COMMENT ON TABLE triaged.team IS 'Teams of the policy registered last. title: {"en": "Mentorship team", …}.';

CREATE TABLE triaged.priority (
	name    text PRIMARY KEY,
	urgency int NOT NULL,
	target  interval NOT NULL
);
COMMENT ON TABLE triaged.priority IS 'Priorities of the policy registered last.';
COMMENT ON COLUMN triaged.priority.urgency IS '0 is the most urgent.';
COMMENT ON COLUMN triaged.priority.target IS 'Of the team''s working time, which only the daemon can count: queue.due_at is the result.';

CREATE TABLE triaged.category (
	name     text PRIMARY KEY,
	audience text NOT NULL,
	team     text NOT NULL,
	priority text NOT NULL
);
COMMENT ON TABLE triaged.category IS 'Categories of the policy registered last.';

-- Tickets -------------------------------------------------------------------

CREATE TABLE triaged.ticket_key (
	source         text NOT NULL,
	key            bytea NOT NULL,
	ticket_id      uuid NOT NULL,
	reference      text NOT NULL,
	digest         bytea NOT NULL,
	digest_version smallint NOT NULL,
	PRIMARY KEY (source, key),
	CONSTRAINT ticket_key_reference UNIQUE (reference)
);
COMMENT ON TABLE triaged.ticket_key IS 'One row per ticket: the sender''s key and the reference for people, both unique over everything kept. Its row is what makes a ticket exist.';
COMMENT ON COLUMN triaged.ticket_key.source IS 'The authenticated client''s name, else "form". Keys of different sources never meet.';
COMMENT ON COLUMN triaged.ticket_key.digest IS 'SHA-256 of the submission in its canonical form: the same key with another digest is a conflict.';

CREATE TABLE triaged.ticket (
	ticket_id         uuid PRIMARY KEY,
	reference         text NOT NULL,
	audience          text NOT NULL,
	locale            text NOT NULL,
	form_locale       text,
	received_at       timestamptz NOT NULL,
	clock_from_sender boolean NOT NULL,
	stored_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
	requester_name    text,
	requester_email   text NOT NULL,
	subject           text NOT NULL,
	body              text NOT NULL,
	reason            text,
	fields            jsonb NOT NULL,
	attachments       jsonb NOT NULL,
	category          text NOT NULL,
	outcome           text NOT NULL
	    CHECK (outcome IN ('routed', 'needs_info', 'answered', 'no_action')),
	team              text NOT NULL,
	priority          text NOT NULL,
	missing           text[] NOT NULL,
	found             jsonb NOT NULL,
	confidence        double precision NOT NULL,
	explanation       json NOT NULL,
	policy            bytea NOT NULL,
	follow_up_token   text NOT NULL,
	reply_id          uuid
) WITH (toast_tuple_target = 4080);
COMMENT ON TABLE triaged.ticket IS
'What was sent and what was first decided. Where the ticket is now: triaged.queue.

A usual row has about 2 KB, where PostgreSQL begins to compress; at that size it
costs an eighth of the whole insert and gains little, so rows stay as they are
up to half a page.';
COMMENT ON COLUMN triaged.ticket.locale IS 'The language it was decided and answered in; form_locale is what the form said.';
COMMENT ON COLUMN triaged.ticket.received_at IS 'The clock of the decision: the daemon''s own, or the sender''s where clock_from_sender. stored_at is the database''s own time.';
COMMENT ON COLUMN triaged.ticket.attachments IS '[{"name", "type", "size", "field", "url"}]; contents are in triaged.attachment by position from 0.';
COMMENT ON COLUMN triaged.ticket.explanation IS '{"evidence", "runner_up", "candidates", "warnings", …}: why it was decided so. Holds quotes of the text. Read whole and never searched, so json: it is written in half the time of jsonb.';
COMMENT ON COLUMN triaged.ticket.follow_up_token IS 'Kept readable: a repeated submission gets the first answer again, and the token is part of it.';
COMMENT ON COLUMN triaged.ticket.reply_id IS 'outbox.message_id of the first answer; null when there was none (no_action).';

CREATE TABLE triaged.attachment (
	ticket_id uuid NOT NULL,
	position  int NOT NULL,
	content   bytea NOT NULL,
	PRIMARY KEY (ticket_id, position)
);
COMMENT ON TABLE triaged.attachment IS 'Contents of attachments, apart from the ticket so that lists of tickets stay small.';

CREATE TABLE triaged.ticket_event (
	ticket_id uuid NOT NULL,
	event_id  bigint GENERATED ALWAYS AS IDENTITY,
	at        timestamptz NOT NULL DEFAULT clock_timestamp(),
	kind      text NOT NULL,
	actor     text NOT NULL,
	detail    jsonb NOT NULL DEFAULT '{}',
	PRIMARY KEY (ticket_id, event_id)
);
COMMENT ON TABLE triaged.ticket_event IS 'History, one row per thing that happened to a ticket. Rows are added, and go with their ticket; they never change.';
COMMENT ON COLUMN triaged.ticket_event.detail IS 'Names and numbers only, never text of the requester: erasing a person leaves the history as it is. Empty for "accepted": what was decided then is in triaged.ticket.';

CREATE FUNCTION triaged.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '%.% is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME
	    USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER ticket_event_append_only BEFORE UPDATE ON triaged.ticket_event
	FOR EACH STATEMENT EXECUTE FUNCTION triaged.refuse_change();

-- Queues --------------------------------------------------------------------

CREATE TABLE triaged.queue (
	ticket_id   uuid PRIMARY KEY,
	team        text NOT NULL,
	priority    text NOT NULL,
	state       text NOT NULL CHECK (state IN ('queued', 'held', 'waiting')),
	due_at      timestamptz,
	received_at timestamptz NOT NULL,
	ends_at     timestamptz,
	CONSTRAINT queue_due CHECK (state = 'waiting' OR due_at IS NOT NULL)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
COMMENT ON TABLE triaged.queue IS
'The one place of every open ticket. The primary key is the promise: a ticket
is queued, held by one agent, or waiting for its requester, never two of them;
without a row here it is closed. Narrow, because it is rewritten at each move.

How moves are meant to be made: by primary key ("… WHERE ticket_id = $1 AND
state = ''queued''"), with the candidates chosen by the caller, because a scan
of the head with SKIP LOCKED drops to 6 % of its rate while any old snapshot is
held. An acquisition will add its fencing token as a column of this row.';
COMMENT ON COLUMN triaged.queue.due_at IS 'The order within a team: received_at + the priority''s target in the team''s working time. Null only while waiting.';
COMMENT ON COLUMN triaged.queue.ends_at IS 'When held or waiting ends by itself: the lease''s end, the last day for the requester''s answer.';

CREATE INDEX queue_next ON triaged.queue (team, due_at, ticket_id) WHERE state = 'queued';
COMMENT ON INDEX triaged.queue_next IS 'The most pressing ticket of a team.';
CREATE INDEX queue_oldest ON triaged.queue (team, priority, state, received_at);
COMMENT ON INDEX triaged.queue_oldest IS 'Age of the oldest ticket of a cell, by one probe.';
CREATE INDEX queue_ends ON triaged.queue (ends_at) WHERE ends_at IS NOT NULL;
COMMENT ON INDEX triaged.queue_ends IS 'Leases and waits that have run out.';

CREATE VIEW triaged.ticket_place AS
	SELECT t.ticket_id, t.reference, coalesce(q.state, 'closed') AS state, q.team, q.priority,
	       q.due_at, q.ends_at
	FROM triaged.ticket t LEFT JOIN triaged.queue q USING (ticket_id);
COMMENT ON VIEW triaged.ticket_place IS 'Where each ticket is.';

-- Depth: kept by the transactions that move tickets, as inserted rows of +1 and
-- -1. Updating shared counters instead costs 75 to 90 % of the rate of moves
-- and deadlocks; an aggregate over the queue is too slow to be read often.

CREATE TABLE triaged.queue_depth_delta (
	team     text NOT NULL,
	priority text NOT NULL,
	state    text NOT NULL,
	delta    int NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
COMMENT ON TABLE triaged.queue_depth_delta IS 'Changes of depth not yet folded into queue_depth_total. Every transaction that changes triaged.queue adds its own here.';

CREATE TABLE triaged.queue_depth_total (
	team     text NOT NULL,
	priority text NOT NULL,
	state    text NOT NULL,
	depth    bigint NOT NULL,
	PRIMARY KEY (team, priority, state)
) WITH (fillfactor = 50);
COMMENT ON TABLE triaged.queue_depth_total IS 'Depth without what stands in queue_depth_delta. Only fold_depth() writes it.';

CREATE FUNCTION triaged.fold_depth() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	folded bigint;
BEGIN
	-- One folder at a time; the others have nothing to do.
	IF NOT pg_try_advisory_xact_lock(hashtext('triaged.fold_depth')) THEN
		RETURN 0;
	END IF;
	WITH gone AS (
		DELETE FROM triaged.queue_depth_delta RETURNING team, priority, state, delta
	), cell AS (
		SELECT team, priority, state, sum(delta) AS delta, count(*) AS rows
		FROM gone GROUP BY team, priority, state
	), added AS (
		INSERT INTO triaged.queue_depth_total AS total (team, priority, state, depth)
		SELECT team, priority, state, delta FROM cell
		ON CONFLICT (team, priority, state) DO UPDATE SET depth = total.depth + excluded.depth
		RETURNING 1
	)
	SELECT coalesce(sum(rows), 0) INTO folded FROM cell;
	RETURN folded;
END $$;
COMMENT ON FUNCTION triaged.fold_depth() IS 'Sums the deltas up; the daemons'' housekeeping calls it every few seconds. Returns the rows folded. The view gives the same numbers before and after.';

CREATE VIEW triaged.queue_depth AS
	WITH cell AS (
		SELECT team, priority, state, sum(depth)::bigint AS depth
		FROM (SELECT team, priority, state, depth FROM triaged.queue_depth_total
		      UNION ALL
		      SELECT team, priority, state, sum(delta) FROM triaged.queue_depth_delta
		      GROUP BY team, priority, state) part
		GROUP BY team, priority, state
	)
	SELECT cell.team, cell.priority, cell.state, cell.depth,
	       greatest(clock_timestamp() - oldest.received_at, interval '0') AS oldest_age
	FROM cell LEFT JOIN LATERAL (
		SELECT q.received_at FROM triaged.queue q
		WHERE q.team = cell.team AND q.priority = cell.priority AND q.state = cell.state
		ORDER BY q.received_at LIMIT 1
	) oldest ON true
	WHERE cell.depth <> 0;
COMMENT ON VIEW triaged.queue_depth IS 'Open tickets per team, priority and state, and the age of the oldest. Cheap whatever the depth: sums of a few rows and one index probe per cell.';

-- Outgoing mail ---------------------------------------------------------------

CREATE TABLE triaged.outbox (
	ticket_id       uuid NOT NULL,
	message_id      uuid NOT NULL,
	to_address      text NOT NULL,
	locale          text NOT NULL,
	subject         text NOT NULL,
	body            text NOT NULL,
	state           text NOT NULL DEFAULT 'pending',
	next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	attempts        int NOT NULL DEFAULT 0,
	created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (ticket_id, message_id)
) WITH (fillfactor = 90);
COMMENT ON TABLE triaged.outbox IS 'Mail to requesters. A row is kept as long as its ticket: the first answer is repeated from here when a submission is sent again.';
COMMENT ON COLUMN triaged.outbox.message_id IS 'The Message-ID for ever, however often it is sent. Unique by its random bits; looked up together with its ticket.';
CREATE INDEX outbox_pending ON triaged.outbox (next_attempt_at) WHERE state = 'pending';

-- Functions -------------------------------------------------------------------

CREATE FUNCTION triaged.uuid_floor(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT
PARALLEL SAFE AS $$
	SELECT (lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0')
	        || '00000000000000000000')::uuid
$$;
COMMENT ON FUNCTION triaged.uuid_floor(timestamptz) IS 'Not more than any UUIDv7 made at that time or later: bounds of partitions, retention by time.';

CREATE FUNCTION triaged.register_policy(new_hash bytea, new_canonical text, names jsonb)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	refused text;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtext('triaged.register_policy'));
	SELECT string_agg(format('team %I has %s open ticket(s)', team, open), '; ' ORDER BY team)
	INTO refused
	FROM (SELECT d.team, sum(d.depth) AS open FROM triaged.queue_depth d
	      WHERE d.team IN (SELECT name FROM triaged.team)
	      AND d.team NOT IN (SELECT t->>'name' FROM jsonb_array_elements(names->'teams') t)
	      GROUP BY d.team HAVING sum(d.depth) > 0) left_behind;
	IF refused IS NOT NULL THEN
		RAISE EXCEPTION 'the policy drops a team that still has work: %', refused
		    USING ERRCODE = 'object_in_use';
	END IF;

	INSERT INTO triaged.policy (hash, canonical) VALUES (new_hash, new_canonical)
	ON CONFLICT (hash) DO NOTHING;

	DELETE FROM triaged.team
	WHERE name NOT IN (SELECT t->>'name' FROM jsonb_array_elements(names->'teams') t);
	INSERT INTO triaged.team (name, title)
	SELECT t->>'name', t->'title' FROM jsonb_array_elements(names->'teams') t
	ON CONFLICT (name) DO UPDATE SET title = excluded.title;

	DELETE FROM triaged.priority
	WHERE name NOT IN (SELECT p->>'name' FROM jsonb_array_elements(names->'priorities') p);
	INSERT INTO triaged.priority (name, urgency, target)
	SELECT p->>'name', n - 1, make_interval(secs => (p->>'target_ms')::bigint / 1000.0)
	FROM jsonb_array_elements(names->'priorities') WITH ORDINALITY AS list(p, n)
	ON CONFLICT (name) DO UPDATE SET urgency = excluded.urgency, target = excluded.target;

	DELETE FROM triaged.category
	WHERE name NOT IN (SELECT c->>'name' FROM jsonb_array_elements(names->'categories') c);
	INSERT INTO triaged.category (name, audience, team, priority)
	SELECT c->>'name', c->>'audience', c->>'team', c->>'priority'
	FROM jsonb_array_elements(names->'categories') c
	ON CONFLICT (name) DO UPDATE SET audience = excluded.audience, team = excluded.team,
	    priority = excluded.priority;
END $$;
COMMENT ON FUNCTION triaged.register_policy(bytea, text, jsonb) IS 'Makes a policy''s names known, and forgets those it lacks. names: {"teams": [{name, title}], "priorities": [{name, target_ms}] most urgent first, "categories": [{name, audience, team, priority}]}. Refuses to forget a team with open tickets.';
