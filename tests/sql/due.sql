-- SPDX-License-Identifier: MIT
-- A ticket of another priority is due at another time (targets: urgent 1 h, normal 24 h).
\ir fixture.psql
SELECT plan(9);
SELECT pg_temp.add(n, minutes => 24 * 60 - 60) FROM generate_series(1, 4) n \g /dev/null
SELECT pg_temp.add(5, minutes => 5) \g /dev/null

CREATE FUNCTION pg_temp.due(reference text) RETURNS timestamptz LANGUAGE sql AS $$
	SELECT q.due_at FROM triaged.queue q JOIN triaged.ticket t USING (ticket_id)
	WHERE t.reference = due.reference
$$;
CREATE FUNCTION pg_temp.moves(what text, reference text, call text, shift interval) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
	was timestamptz := pg_temp.due(reference);
BEGIN
	IF pg_temp.place(reference) NOT LIKE 'held%' THEN
		PERFORM pg_temp.take('sami', ticket => reference);
	END IF;
	EXECUTE 'SELECT triaged.' || format(call, 'sami', reference, pg_temp.token());
	RETURN NEXT is(pg_temp.due(reference), was + shift, what);
END $$;

SELECT pg_temp.moves('another team', 'R0000001', 'reassign(%L, %L, %s, ''south'')', '0');
SELECT pg_temp.moves('the same priority', 'R0000001', 'reassign(%L, %L, %s, ''south'', ''normal'')', '0');
SELECT pg_temp.moves('more urgent', 'R0000001', 'reassign(%L, %L, %s, ''south'', ''urgent'')', '-23 hours');
SELECT pg_temp.moves('less urgent', 'R0000001', 'reassign(%L, %L, %s, ''north'', ''normal'')', '23 hours');
SELECT pg_temp.moves('a category that is more urgent', 'R0000002', 'recategorize(%L, %L, %s, ''absence'')',
    '-23 hours');
SELECT pg_temp.moves('one of another team', 'R0000002', 'recategorize(%L, %L, %s, ''invoice'')', '23 hours');
SELECT pg_temp.moves('a time that is given', 'R0000003',
    format('recategorize(%%L, %%L, %%s, ''absence'', %L)', pg_temp.due('R0000003') + interval '5 min'), '5 min');
SELECT is(pg_temp.take('nora', ticket => 'R0000005'), 'R0000005', 'one that is nearly due');
SELECT triaged.recategorize('nora', 'R0000005', pg_temp.token(), 'absence') \g /dev/null
SELECT is(pg_temp.due('R0000005'), (SELECT q.received_at FROM triaged.queue q JOIN triaged.ticket t
    USING (ticket_id) WHERE t.reference = 'R0000005'), 'is not due before it was received');

SELECT finish();
ROLLBACK;
