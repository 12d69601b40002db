-- SPDX-License-Identifier: MIT
-- What a shadow policy decided: who may see it, what counts as a difference, how it goes.
\ir fixture.psql
SELECT plan(27);
SELECT pg_temp.add(n) FROM generate_series(1, 4) n \g /dev/null
INSERT INTO triaged.shadow (ticket_id, policy, category, outcome, team, priority, missing, confidence)
SELECT ticket_id, '\xbb', 'break', 'routed', 'north', 'normal', '{}', 1 FROM triaged.ticket;

SELECT is((SELECT count(*) FROM triaged.shadow_compared WHERE NOT differs), 4::bigint, 'all agree');
SELECT is((SELECT (policy, live_policy, confidence, live_confidence)::text FROM triaged.shadow_compared
    WHERE reference = 'R0000001'), '("\\xbb","\\xaa",1,0.5)', 'each side is its own');
CREATE FUNCTION pg_temp.differs(assignment text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	got boolean;
BEGIN
	EXECUTE 'UPDATE triaged.shadow SET ' || assignment || ' WHERE ticket_id ='
	    ' (SELECT ticket_id FROM triaged.ticket WHERE reference = ''R0000001'')';
	SELECT differs INTO got FROM triaged.shadow_compared WHERE reference = 'R0000001';
	UPDATE triaged.shadow s SET category = t.category, outcome = t.outcome, team = t.team,
	    priority = t.priority, missing = t.missing FROM triaged.ticket t WHERE t.ticket_id = s.ticket_id;
	RETURN got;
END $$;
SELECT ok(pg_temp.differs(assignment), 'a difference: ' || assignment)
FROM unnest(ARRAY['category = ''absence''', 'outcome = ''answered''', 'team = ''south''',
    'priority = ''urgent''', 'missing = ''{name}''']) AS list(assignment);
SELECT ok(NOT pg_temp.differs(assignment), 'no difference: ' || assignment)
FROM unnest(ARRAY['confidence = 0', 'policy = ''\xcc''']) AS list(assignment);
UPDATE triaged.ticket SET missing = '{name,date}' WHERE reference = 'R0000001';
SELECT ok(NOT pg_temp.differs('missing = ''{date,name}'''), 'nor the order of what is missing');
SELECT ok(pg_temp.differs('missing = ''{date}'''), 'but one of it is');
UPDATE triaged.ticket SET missing = '{date,name}' WHERE reference = 'R0000001';
SELECT ok(NOT pg_temp.differs('missing = ''{name,date}'''), 'in whichever way');

DELETE FROM triaged.ticket WHERE reference IN ('R0000001', 'R0000003');
SELECT results_eq('SELECT reference FROM triaged.shadow JOIN triaged.ticket_key USING (ticket_id) ORDER BY 1',
    $$VALUES ('R0000002'), ('R0000004')$$, 'rows go with their tickets, and no others');

\set hash '\'\\x00000000000000000000000000000000000000000000000000000000000000dd\''
SELECT triaged.record_policy(:hash, 'text') \g /dev/null
SELECT triaged.record_policy(:hash, 'another') \g /dev/null
SELECT is((SELECT canonical FROM triaged.policy WHERE hash = :hash), 'text', 'a text that is known stays');
SELECT is((SELECT count(*) FROM triaged.category), 3::bigint, 'and nothing is made known to people');

SELECT table_privs_are('triaged', 'shadow', role, rights::text[], role || ' of the table')
FROM (VALUES ('triaged_daemon', '{INSERT}'), ('triaged_ops', '{SELECT}'), ('triaged_agent', '{}'),
    ('triaged_mail', '{}')) AS list(role, rights);
SELECT table_privs_are('triaged', 'shadow_compared', role, rights::text[], role || ' of the view')
FROM (VALUES ('triaged_daemon', '{}'), ('triaged_ops', '{SELECT}'), ('triaged_agent', '{}'),
    ('triaged_mail', '{}')) AS list(role, rights);
SELECT is(has_function_privilege(role, 'triaged.record_policy(bytea, text)', 'EXECUTE'),
    role = 'triaged_daemon', role || ' and a policy''s text')
FROM unnest(ARRAY['triaged_daemon', 'triaged_ops', 'triaged_agent', 'triaged_mail']) AS list(role);
SELECT finish();
ROLLBACK;
