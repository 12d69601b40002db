-- SPDX-License-Identifier: MIT
-- Leases: how long they hold, and that nothing is written by one that does not.
\ir fixture.psql
SELECT plan(26);

CREATE FUNCTION pg_temp.all_refused(what text, ticket text, token bigint) RETURNS SETOF text
LANGUAGE sql AS $$
	SELECT throws_like(format(call, ticket, token), 'lease_lost: %', what || ': ' || name)
	FROM (VALUES
	    ('renew', 'SELECT triaged.renew(''nora'', %L, %s)'),
	    ('complete', 'SELECT triaged.complete(''nora'', %L, %s)'),
	    ('release', 'SELECT triaged.release(''nora'', %L, %s)'),
	    ('reassign', 'SELECT triaged.reassign(''nora'', %L, %s, ''south'')'),
	    ('recategorize', 'SELECT triaged.recategorize(''nora'', %L, %s, ''invoice'')'),
	    ('reply', 'SELECT triaged.reply(''nora'', %L, %s, ''text'')'),
	    ('note', 'SELECT triaged.note(''nora'', %L, %s, ''text'')')) AS list(name, call)
$$;

SELECT pg_temp.add(1) \g /dev/null
SELECT is(pg_temp.take('nora', lease => '1 us'), 'R0000001', 'a lease that ends at once');
SELECT pg_temp.all_refused('run out', 'R0000001', pg_temp.token());
SELECT throws_ok(format('SELECT triaged.renew(%L, %L, %s)', 'nora', 'R0000001', pg_temp.token()), 'TR001',
    NULL, 'its code is TR001');
SELECT set_config('t.first', pg_temp.token()::text, true) \g /dev/null
SELECT is(pg_temp.take('nils'), 'R0000001', 'the same call gives it to the next');
SELECT cmp_ok(pg_temp.token(), '>', current_setting('t.first')::bigint, 'by another token');
SELECT pg_temp.all_refused('taken over', 'R0000001', current_setting('t.first')::bigint);
SELECT is(pg_temp.kinds('R0000001'), 'claimed lease_expired claimed', 'the history says so');
SELECT throws_like(format('SELECT triaged.complete(%L, %L, %s)', 'nora', 'R0000001', pg_temp.token()),
    'lease_lost: %', 'a token is its holder''s only');
SELECT lives_ok(format('SELECT triaged.complete(%L, %L, %s)', 'nils', 'R0000001', pg_temp.token()),
    'who holds it can');
SELECT throws_like(format('SELECT triaged.complete(%L, %L, %s)', 'nils', 'R0000001', pg_temp.token()),
    'lease_lost: % it is closed', 'once');

SELECT pg_temp.add(2) \g /dev/null
SELECT is(pg_temp.take('nora', lease => '1 us'), 'R0000002', 'a lease that ends');
SELECT set_config('t.first', pg_temp.token()::text, true) \g /dev/null
SELECT is(pg_temp.take('nora'), 'R0000002', 'and another of the same agent');
SELECT throws_like(format('SELECT triaged.note(%L, %L, %s, %L)', 'nora', 'R0000002',
    current_setting('t.first'), 'text'), 'lease_lost: %', 'a name is no fence');
SELECT lives_ok(format('SELECT triaged.note(%L, %L, %s, %L)', 'nora', 'R0000002', pg_temp.token(),
    'text'), 'the newer token is good');

SELECT finish();
ROLLBACK;
