-- SPDX-License-Identifier: MIT
-- Who may do what. Four roles, for all databases of the server:
--
--   triaged_daemon  the daemon: stores tickets, decides on follow-ups, tidies up
--   triaged_mail    triage-mail: takes mails and says what became of them
--   triaged_agent   people who work on tickets: through functions and views only
--   triaged_ops     operators: agents, depths, histories; no words of a requester
--
-- The first two can connect; who is a person gets a role of their own in one of the
-- others (CREATE ROLE nora LOGIN IN ROLE triaged_agent). Passwords and certificates
-- are the server's business: none is set here.
--
-- The owner of the schema owns all of it. What a role must not do by itself, a
-- function of the owner's does for it (SECURITY DEFINER) after it has checked.

DO $$
DECLARE
	name   text;
	absent text[];
BEGIN
	SELECT array_agg(wanted) INTO absent
	FROM unnest(ARRAY['triaged_daemon', 'triaged_mail', 'triaged_agent', 'triaged_ops']) AS list(wanted)
	WHERE to_regrole(wanted) IS NULL;
	FOREACH name IN ARRAY coalesce(absent, '{}') LOOP
		BEGIN
			EXECUTE format('CREATE ROLE %I %s', name,
			    CASE WHEN name IN ('triaged_daemon', 'triaged_mail') THEN 'LOGIN' ELSE 'NOLOGIN' END);
		EXCEPTION
			WHEN duplicate_object OR unique_violation THEN
				NULL; -- another database of this server was faster
			WHEN insufficient_privilege THEN
				RAISE EXCEPTION 'role % may not create the roles % and they do not exist: as a superuser, "ALTER ROLE % CREATEROLE", or create them ("CREATE ROLE triaged_daemon LOGIN", triaged_mail likewise, "CREATE ROLE triaged_agent", triaged_ops likewise), then upgrade again',
				    quote_ident(current_user), array_to_string(absent, ', '), quote_ident(current_user)
				    USING ERRCODE = 'insufficient_privilege';
		END;
	END LOOP;
END $$;

-- Nothing for everybody, nor of what later files make.
REVOKE ALL ON SCHEMA triaged FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA triaged FROM PUBLIC;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA triaged FROM PUBLIC;
REVOKE ALL ON ALL ROUTINES IN SCHEMA triaged FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON ROUTINES FROM PUBLIC;
GRANT USAGE ON SCHEMA triaged TO triaged_daemon, triaged_mail, triaged_agent, triaged_ops;
GRANT SELECT ON triaged.migration TO triaged_daemon, triaged_mail, triaged_agent, triaged_ops;

-- By name: what a file that is not here yet would make is left out.
CREATE FUNCTION pg_temp.may_run(role regrole, VARIADIC names text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	here regprocedure;
BEGIN
	FOR here IN SELECT p.oid FROM pg_proc p
	            WHERE p.pronamespace = 'triaged'::regnamespace AND p.proname = ANY(names) LOOP
		EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', here, role);
	END LOOP;
END $$;
CREATE FUNCTION pg_temp.as_owner(VARIADIC names text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	here regprocedure;
BEGIN
	FOR here IN SELECT p.oid FROM pg_proc p
	            WHERE p.pronamespace = 'triaged'::regnamespace AND p.proname = ANY(names) LOOP
		EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = pg_catalog, triaged, pg_temp', here);
	END LOOP;
END $$;
CREATE FUNCTION pg_temp.may_read(role regrole, VARIADIC names text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	here regclass;
BEGIN
	FOR here IN SELECT c.oid FROM pg_class c
	            WHERE c.relnamespace = 'triaged'::regnamespace AND c.relname = ANY(names) LOOP
		EXECUTE format('GRANT SELECT ON %s TO %s', here, role);
	END LOOP;
END $$;

-- The daemon ---------------------------------------------------------------------
-- New tickets are written by one plain statement: a function would cost them time. It
-- adds rows and reads what it answers from; it changes and deletes none.
GRANT INSERT, SELECT ON triaged.ticket_key, triaged.ticket, triaged.queue, triaged.outbox TO triaged_daemon;
GRANT INSERT ON triaged.attachment, triaged.ticket_event, triaged.queue_depth_delta TO triaged_daemon;
SELECT pg_temp.as_owner('register_policy', 'tidy', 'named_ticket', 'follow_up_write', 'wait_remind', 'wait_end');
SELECT pg_temp.may_run('triaged_daemon', 'register_policy', 'tidy', 'due_slot', 'mail_mailbox', 'lookup',
    'named_ticket', 'follow_up_parts', 'follow_up_pieces', 'follow_up_write',
    'wait_due', 'wait_remind', 'wait_end');
SELECT pg_temp.may_read('triaged_daemon', 'policy', 'team', 'priority', 'category', 'setting', 'message',
    'ticket_now', 'queue_depth', 'mail_depth', 'mail_result');

-- triage-mail: no ticket but what a mail says -------------------------------------
SELECT pg_temp.may_run('triaged_mail', 'mail_take', 'mail_done', 'mail_bounce', 'mail_fold');
SELECT pg_temp.may_read('triaged_mail', 'mail_depth', 'mail_result');

-- Agents: no table of tickets, mails or messages; no view has the follow-up token -----
SELECT pg_temp.may_run('triaged_agent', 'claim', 'renew', 'complete', 'release', 'reassign',
    'recategorize', 'reply', 'note', 'ticket_page');
SELECT pg_temp.may_read('triaged_agent', 'queue_depth', 'my_tickets', 'ticket_history', 'ticket_place',
    'team', 'priority', 'category');

-- Operators: who works on what and how it goes, not what people wrote -----------------
SELECT pg_temp.may_run('triaged_ops', 'agent_add', 'agent_set_active', 'mail_mute');
SELECT pg_temp.may_read('triaged_ops', 'queue_depth', 'ticket_history', 'ticket_place', 'ticket_now',
    'agent', 'agent_team', 'team', 'priority', 'category', 'setting', 'policy',
    'mail_depth', 'mail_result', 'suppression');
-- The queue without its tokens: by them an operator could act as a ticket's holder.
DO $$
BEGIN
	EXECUTE (SELECT format('GRANT SELECT (%s) ON triaged.queue TO triaged_ops',
	    string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum))
	    FROM pg_attribute a WHERE a.attrelid = 'triaged.queue'::regclass
	    AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'lease_token');
	IF to_regclass('triaged.suppression') IS NOT NULL THEN
		GRANT DELETE ON triaged.suppression TO triaged_ops; -- lets mail through again
	END IF;
END $$;

DROP FUNCTION pg_temp.may_run(regrole, text[]);
DROP FUNCTION pg_temp.as_owner(text[]);
DROP FUNCTION pg_temp.may_read(regrole, text[]);
