-- SPDX-License-Identifier: MIT
-- What an agent sees of a ticket.
\ir fixture.psql
SELECT plan(11);
SELECT pg_temp.add(1), pg_temp.add(2, 'south') \g /dev/null
CREATE FUNCTION pg_temp.page(path text) RETURNS text LANGUAGE sql AS
	$$ SELECT triaged.ticket_page('nora', 'R0000001') #>> path::text[] $$;

SELECT pg_temp.take('nora', ticket => 'R0000001') \g /dev/null
SELECT triaged.note('nora', 'R0000001', pg_temp.token(), 'Asked the TOKEN1 owner') \g /dev/null
SELECT is(pg_temp.page('{ticket,requester,email}'), 'dana@example.org', 'who asked');
SELECT is(pg_temp.page('{ticket,body}'), 'Body', 'what');
SELECT is(pg_temp.page('{decision,evidence,0}'), 'quote', 'why it was decided so');
SELECT is(pg_temp.page('{decision,category}'), 'break', 'and how');
SELECT is(pg_temp.page('{place,holder}'), 'nora', 'where it is');
SELECT matches(pg_temp.page('{told,0,subject}'), 'R0000001', 'what was told');
SELECT is(pg_temp.page('{messages,0,author}'), 'nora', 'what was said');
SELECT is(pg_temp.page('{history,1,kind}'), 'noted', 'what was done');
SELECT unalike(triaged.ticket_page('nora', 'R0000001')::text, '%TOKEN%', 'never the follow-up token');
SELECT throws_ok($$SELECT triaged.ticket_page('nora', 'R0000002')$$, 'TR004', NULL, 'not of other teams');
SELECT triaged.complete('nora', 'R0000001', pg_temp.token()) \g /dev/null
SELECT is(pg_temp.page('{place,state}'), 'closed', 'of closed ones, too');

SELECT finish();
ROLLBACK;
