-- SPDX-License-Identifier: MIT
-- What a shadow policy decided: other rules that run beside the live ones on the same
-- tickets and are only recorded, so that a change is seen on real traffic before it is
-- made. Nothing acts on it, and nobody who sent a ticket learns of it.

CREATE TABLE triaged.shadow (
	ticket_id  uuid PRIMARY KEY,
	policy     bytea NOT NULL,
	category   text NOT NULL,
	outcome    text NOT NULL,
	team       text NOT NULL,
	priority   text NOT NULL,
	missing    text[] NOT NULL,
	confidence double precision NOT NULL
);
COMMENT ON TABLE triaged.shadow IS 'The second decision on a ticket as it was submitted, written with it. Only while the daemon that took the ticket had a shadow policy. Names only, no text of the requester.';
COMMENT ON COLUMN triaged.shadow.policy IS 'The shadow policy; its text is in triaged.policy.';

-- No foreign key, as everywhere in the path of a new ticket (001_tickets.sql). Rows go
-- with their ticket, whoever deletes it.
CREATE FUNCTION triaged.shadow_forget() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, triaged, pg_temp AS $$
BEGIN
	DELETE FROM triaged.shadow s USING gone WHERE s.ticket_id = gone.ticket_id;
	RETURN NULL;
END $$;
CREATE TRIGGER ticket_shadow AFTER DELETE ON triaged.ticket REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION triaged.shadow_forget();

CREATE VIEW triaged.shadow_compared AS
	SELECT t.ticket_id, t.reference, t.stored_at, t.policy AS live_policy, s.policy,
	       t.category AS live_category, s.category, t.outcome AS live_outcome, s.outcome,
	       t.team AS live_team, s.team, t.priority AS live_priority, s.priority,
	       m.live AS live_missing, m.shadow AS missing,
	       t.confidence AS live_confidence, s.confidence,
	       (t.category, t.outcome, t.team, t.priority, m.live)
	       <> (s.category, s.outcome, s.team, s.priority, m.shadow) AS differs
	FROM triaged.shadow s JOIN triaged.ticket t USING (ticket_id)
	CROSS JOIN LATERAL (SELECT ARRAY(SELECT unnest(t.missing) ORDER BY 1) AS live,
	                           ARRAY(SELECT unnest(s.missing) ORDER BY 1) AS shadow) m;
COMMENT ON VIEW triaged.shadow_compared IS 'What was decided first on each ticket, and what the shadow policy decided. missing is sorted: in what order things are asked for is no difference.';

CREATE FUNCTION triaged.record_policy(new_hash bytea, new_canonical text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, triaged, pg_temp AS $$
	INSERT INTO triaged.policy (hash, canonical) VALUES (new_hash, new_canonical)
	ON CONFLICT (hash) DO NOTHING
$$;
COMMENT ON FUNCTION triaged.record_policy(bytea, text) IS 'Keeps the text of a policy that only watches: what it decided can be explained later. Its teams and categories are not those that people work with, so none is made known; register_policy() does that.';
COMMENT ON TABLE triaged.policy IS 'Every generation of the rules that ever decided here, also as a shadow, so that any decision can be explained later.';

REVOKE ALL ON FUNCTION triaged.record_policy(bytea, text), triaged.shadow_forget() FROM PUBLIC;
GRANT INSERT ON triaged.shadow TO triaged_daemon;
GRANT EXECUTE ON FUNCTION triaged.record_policy(bytea, text) TO triaged_daemon;
GRANT SELECT ON triaged.shadow, triaged.shadow_compared TO triaged_ops;
GRANT EXECUTE ON FUNCTION triaged.uuid_floor(timestamptz) TO triaged_ops;
