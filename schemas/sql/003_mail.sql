-- SPDX-License-Identifier: MIT
-- The outgoing mail: who may take a row of the outbox, what became of it, and
-- which addresses get none.
--
--   pending ─▶ sending ─▶ sent | retry | failed | expired | suppressed
--                 ▲                │
--                 └────────────────┘
--
-- triage-mail takes a few rows at a time under a lease on this clock and says
-- what became of each by the lease's token. A lease that has run out (its
-- program was killed) is taken again: the mail goes out once more, with the same
-- Message-ID. Whoever wants a mail sent inserts (ticket_id, message_id,
-- to_address, locale, subject, body[, kind, author]) and does no more.
--
-- A row is automatic when its author is "triaged"; else the author is the agent
-- who wrote it. Automatic mail to one mailbox is bounded, so that a form cannot be
-- used to flood somebody else's; people's replies count but always go out.

-- Whoever adds a column here keeps the ingest in mind: rows are born with
-- defaults only, and no index below but the first holds an automatic mail before it is taken.
ALTER TABLE triaged.outbox
	ADD COLUMN kind text NOT NULL DEFAULT 'answer'
	    CHECK (kind IN ('answer', 'ask', 'reminder', 'reply')),
	ADD COLUMN author text NOT NULL DEFAULT 'triaged',
	ADD COLUMN lease_token bigint,
	ADD COLUMN admitted_at timestamptz,
	ADD COLUMN sent_at timestamptz,
	ADD COLUMN smtp_code int,
	ADD COLUMN error text,
	ADD COLUMN reason text,
	ADD CONSTRAINT outbox_state CHECK (state IN
	    ('pending', 'sending', 'retry', 'sent', 'failed', 'expired', 'suppressed'));
COMMENT ON COLUMN triaged.outbox.kind IS 'What it is to its reader: the first answer, a question for what is missing, a reminder of that, an agent''s reply.';
COMMENT ON COLUMN triaged.outbox.author IS '"triaged": automatic mail. Else the agent who wrote it.';
COMMENT ON COLUMN triaged.outbox.next_attempt_at IS 'When it may be taken. While it is being sent, the end of the lease.';
COMMENT ON COLUMN triaged.outbox.lease_token IS 'Of the last taking; never given twice. Only who holds it may say what became of the mail.';
COMMENT ON COLUMN triaged.outbox.attempts IS 'How often it was given to the relay; what never reached a relay does not count.';
COMMENT ON COLUMN triaged.outbox.admitted_at IS 'When it first passed the bound on mails to one mailbox, and from when on it counts there.';
COMMENT ON COLUMN triaged.outbox.smtp_code IS 'The relay''s last code for this mail.';
COMMENT ON COLUMN triaged.outbox.error IS 'Why the last attempt did not end well: one line, without addresses.';
COMMENT ON COLUMN triaged.outbox.reason IS 'Why it will not be sent: mailbox, refused, bounce (failed); lifetime (expired); cap, muted, robot, own, address (suppressed).';

CREATE SEQUENCE triaged.mail_lease;

DROP INDEX triaged.outbox_pending;
CREATE INDEX outbox_due ON triaged.outbox (next_attempt_at)
	WHERE state IN ('pending', 'sending', 'retry');
CREATE INDEX outbox_due_reply ON triaged.outbox (next_attempt_at)
	WHERE state IN ('pending', 'sending', 'retry') AND author <> 'triaged';
-- A bounce names the message alone, and comes for what was sent only.
CREATE INDEX outbox_message ON triaged.outbox (message_id) WHERE state <> 'pending';

CREATE FUNCTION triaged.mail_mailbox(address text) RETURNS text LANGUAGE sql IMMUTABLE STRICT
PARALLEL SAFE AS $$
	SELECT regexp_replace(regexp_replace(lower(address), '\+[^@]*@', '@'), '\.(?=[^@]*@)', '', 'g')
$$;
COMMENT ON FUNCTION triaged.mail_mailbox(text) IS 'The mailbox behind an address: lower case, without "+tag", without dots before the @ (large providers ignore them). What may be one mailbox shares one bound; mail goes to the address as it is written.';
CREATE INDEX outbox_mailbox ON triaged.outbox (triaged.mail_mailbox(to_address), admitted_at)
	WHERE admitted_at IS NOT NULL;

CREATE TABLE triaged.suppression (
	address text PRIMARY KEY CHECK (address = lower(address)),
	reason  text NOT NULL,
	until   timestamptz,
	made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE triaged.suppression IS 'Addresses that get no mail, whoever writes it. Rows come from refusals of the mailbox, bounces and operators; deleting one lets mail through again.';
COMMENT ON COLUMN triaged.suppression.until IS 'null: for ever.';

CREATE TABLE triaged.mail_count (
	result text NOT NULL,
	mails  bigint NOT NULL
);
COMMENT ON TABLE triaged.mail_count IS 'How attempts ended, since ever. Rows are added (an update of shared rows would queue the senders up) and summed into one per result by mail_fold().';

CREATE VIEW triaged.mail_result AS
	SELECT result, sum(mails)::bigint AS mails FROM triaged.mail_count GROUP BY result;
COMMENT ON VIEW triaged.mail_result IS 'Attempts since ever by result: sent, retry, ambiguous (the relay may have it; sent again), released (never reached a relay), failed, expired, suppressed, bounced, lease_lost.';

CREATE VIEW triaged.mail_depth AS
	SELECT state, count(*) AS mails,
	       greatest(clock_timestamp() - min(created_at), interval '0') AS oldest_age
	FROM triaged.outbox WHERE state IN ('pending', 'sending', 'retry') GROUP BY state
	UNION ALL
	SELECT result, mails, NULL
	FROM triaged.mail_result WHERE result IN ('failed', 'expired', 'suppressed');
COMMENT ON VIEW triaged.mail_depth IS 'Mails that are not sent, by state, and the age of the oldest that still may be; those given up since ever. Reading does not grow with what was sent or given up.';

-- Functions -------------------------------------------------------------------

CREATE FUNCTION triaged.mail_fold() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, triaged, pg_temp AS $$
BEGIN
	IF NOT pg_try_advisory_xact_lock(hashtext('triaged.mail_fold')) THEN
		RETURN;
	END IF;
	WITH gone AS (DELETE FROM mail_count RETURNING result, mails)
	INSERT INTO mail_count SELECT result, sum(mails) FROM gone GROUP BY result;
END $$;
COMMENT ON FUNCTION triaged.mail_fold() IS 'Sums the rows of mail_count up. triage-mail calls it now and then.';

CREATE FUNCTION triaged.mail_end(ticket uuid, message uuid, new_state text, why text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, triaged, pg_temp AS $$
BEGIN
	UPDATE outbox SET state = new_state, reason = why
	WHERE ticket_id = ticket AND message_id = message;
	INSERT INTO mail_count VALUES (new_state, 1);
	INSERT INTO ticket_event (ticket_id, kind, actor, detail)
	VALUES (ticket, 'mail_' || new_state, 'triage-mail',
	        jsonb_build_object('message_id', message, 'reason', why));
END $$;
COMMENT ON FUNCTION triaged.mail_end(uuid, uuid, text, text) IS 'A mail that will not be sent, and its ticket''s history says so. Called by the functions below.';

CREATE FUNCTION triaged.mail_take(
	batch int, lease interval, life interval, reply_life interval, cap int, cap_window interval)
RETURNS TABLE (
	ticket_id uuid, message_id uuid, state text, reason text, lease_token bigint,
	to_address text, locale text, subject text, body text, kind text, author text,
	attempts int, created_at timestamptz, reference text, first_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, triaged, pg_temp AS $$
#variable_conflict use_column
DECLARE
	mail triaged.outbox;
	started timestamptz;
	automatic boolean;
	why text;
	ending text;
BEGIN
	-- One at a time: who counts the mails to a mailbox has to see those that
	-- another one is letting through.
	PERFORM pg_advisory_xact_lock(hashtext('triaged.mail_take'));
	started := clock_timestamp();
	FOR mail IN
		WITH reply AS MATERIALIZED (
			SELECT * FROM outbox o
			WHERE o.state IN ('pending', 'sending', 'retry') AND o.author <> 'triaged'
			AND o.next_attempt_at <= started
			ORDER BY o.next_attempt_at LIMIT batch FOR UPDATE SKIP LOCKED
		), machine AS MATERIALIZED (
			SELECT * FROM outbox o
			WHERE o.state IN ('pending', 'sending', 'retry') AND o.author = 'triaged'
			AND o.next_attempt_at <= started
			ORDER BY o.next_attempt_at LIMIT batch - (SELECT count(*) FROM reply)
			FOR UPDATE SKIP LOCKED
		), due AS (SELECT * FROM reply UNION ALL SELECT * FROM machine)
		SELECT * FROM due ORDER BY due.author = 'triaged', due.next_attempt_at
	LOOP
		automatic := mail.author = 'triaged';
		why := NULL;
		IF mail.created_at < started - (CASE WHEN automatic THEN life ELSE reply_life END) THEN
			ending := 'expired';
			why := 'lifetime';
		ELSIF EXISTS (SELECT 1 FROM suppression s WHERE s.address = lower(mail.to_address)
		    AND (s.until IS NULL OR s.until > started)) THEN
			ending := 'suppressed';
			why := 'muted';
		ELSIF automatic AND cap > 0 AND mail.admitted_at IS NULL AND cap <= (
		    SELECT count(*) FROM outbox o
		    WHERE mail_mailbox(o.to_address) = mail_mailbox(mail.to_address)
		    AND o.admitted_at > started - cap_window) THEN
			ending := 'suppressed';
			why := 'cap';
		END IF;
		IF why IS NOT NULL THEN
			PERFORM mail_end(mail.ticket_id, mail.message_id, ending, why);
		ELSE
			ending := 'sending';
			UPDATE outbox o SET state = 'sending', next_attempt_at = started + lease,
			    lease_token = nextval('mail_lease'), attempts = o.attempts + 1,
			    admitted_at = coalesce(o.admitted_at, started)
			WHERE o.ticket_id = mail.ticket_id AND o.message_id = mail.message_id
			RETURNING * INTO mail;
		END IF;
		RETURN QUERY
			SELECT mail.ticket_id, mail.message_id, ending, why, mail.lease_token,
			    mail.to_address, mail.locale, mail.subject, mail.body, mail.kind,
			    mail.author, mail.attempts, mail.created_at, t.reference,
			    nullif(t.reply_id, mail.message_id)
			FROM (VALUES (1)) one LEFT JOIN ticket t ON t.ticket_id = mail.ticket_id;
	END LOOP;
END $$;
COMMENT ON FUNCTION triaged.mail_take(int, interval, interval, interval, int, interval) IS
'Up to batch mails whose time has come, people''s replies first, then longest due first; with state "sending" under a lease of that length, the others ended here as "expired" or "suppressed". Fewer rows than batch: nothing more is due.
life, reply_life: after how long an automatic mail, an agent''s reply is not sent any more. cap: automatic mails to one mailbox in cap_window (0: no bound).
first_id: the ticket''s first mail, when this is another one.';

CREATE FUNCTION triaged.mail_mute(address text, why text, period interval) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, triaged, pg_temp AS $$
	INSERT INTO suppression AS s (address, reason, until)
	VALUES (lower($1), why, clock_timestamp() + period)
	ON CONFLICT (address) DO UPDATE SET until = excluded.until, reason = excluded.reason
	WHERE excluded.until IS NULL OR s.until < excluded.until
$$;
COMMENT ON FUNCTION triaged.mail_mute(text, text, interval) IS 'No mail to this address for that long; never shortens what is there. period null: for ever.';

CREATE FUNCTION triaged.mail_done(
	ticket uuid, message uuid, token bigint, result text, retry_in interval DEFAULT NULL,
	code int DEFAULT NULL, line text DEFAULT NULL, why text DEFAULT NULL,
	mute_for interval DEFAULT NULL)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, triaged, pg_temp AS $$
DECLARE
	mail triaged.outbox;
BEGIN
	IF result NOT IN ('sent', 'retry', 'ambiguous', 'released', 'failed', 'suppressed') THEN
		RAISE EXCEPTION 'mail_done: no result "%"', result
		    USING ERRCODE = 'invalid_parameter_value';
	END IF;
	SELECT * INTO mail FROM outbox
	WHERE ticket_id = ticket AND message_id = message FOR UPDATE;
	IF mail.lease_token IS DISTINCT FROM token THEN
		INSERT INTO mail_count VALUES ('lease_lost', 1);
		RETURN false;
	END IF;
	IF mail.state <> 'sending' THEN
		RETURN true; -- said before; the answer was lost
	END IF;
	UPDATE outbox SET smtp_code = code, error = line,
	    sent_at = CASE WHEN result = 'sent' THEN clock_timestamp() END,
	    attempts = attempts - (result = 'released')::int,
	    next_attempt_at = clock_timestamp() + coalesce(retry_in, interval '0'),
	    state = CASE WHEN result = 'sent' THEN 'sent'
	                 WHEN result = 'released' AND attempts = 1 THEN 'pending'
	                 ELSE 'retry' END
	WHERE ticket_id = ticket AND message_id = message;
	IF result IN ('failed', 'suppressed') THEN
		PERFORM mail_end(ticket, message, result, why);
		IF mute_for IS NOT NULL THEN
			PERFORM mail_mute(mail.to_address, why, mute_for);
		END IF;
	ELSE
		INSERT INTO mail_count VALUES (result, 1);
	END IF;
	RETURN true;
END $$;
COMMENT ON FUNCTION triaged.mail_done(uuid, uuid, bigint, text, interval, int, text, text, interval) IS
'What became of a mail that was taken. false: the lease had run out and somebody else has it; nothing is changed. Saying it twice is the same as once.
result: sent; retry (not accepted, again in retry_in); ambiguous (as retry, but it may have been accepted); released (as retry, but for the relay as a whole, so not an attempt); failed and suppressed, with why. mute_for: no more mail to its address for that long.';

CREATE FUNCTION triaged.mail_bounce(message uuid, mute_for interval DEFAULT '60 days')
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, triaged, pg_temp AS $$
DECLARE
	mail triaged.outbox;
BEGIN
	SELECT * INTO mail FROM outbox
	WHERE message_id = message AND state IN ('sent', 'retry') FOR UPDATE;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM mail_end(mail.ticket_id, message, 'failed', 'bounce');
	INSERT INTO mail_count VALUES ('bounced', 1);
	PERFORM mail_mute(mail.to_address, 'bounce', mute_for);
	RETURN true;
END $$;
COMMENT ON FUNCTION triaged.mail_bounce(uuid, interval) IS 'A mail came back for good: it has failed, and its address is muted. false: no such mail was sent, or it is known.';

REVOKE ALL ON FUNCTION triaged.mail_fold(), triaged.mail_end(uuid, uuid, text, text),
	triaged.mail_take(int, interval, interval, interval, int, interval),
	triaged.mail_mute(text, text, interval),
	triaged.mail_done(uuid, uuid, bigint, text, interval, int, text, text, interval),
	triaged.mail_bounce(uuid, interval) FROM PUBLIC;
