-- SPDX-License-Identifier: MIT
-- Who is given which ticket, and who is told no.
\ir fixture.psql
SELECT plan(24);

SELECT is(pg_temp.take('nora'), NULL, 'nothing to take');
SELECT pg_temp.add(1, minutes => 50), pg_temp.add(2, minutes => 20),
       pg_temp.add(3, locale => 'fr', minutes => 10), pg_temp.add(4, 'south', minutes => 5),
       pg_temp.add(5, minutes => 40) \g /dev/null
SELECT is(pg_temp.take('nils'), 'R0000002', 'the most pressing of the team, in a language spoken');
SELECT is(pg_temp.place('R0000002'), 'held north normal', 'it is held');
SELECT is(pg_temp.take('nora'), 'R0000003', 'another language, another ticket');
SELECT is(pg_temp.take('sami', 'north'), 'R0000005', 'of one of the teams, if asked for');
SELECT is(pg_temp.take('sami'), 'R0000004', 'over all teams the most pressing');
SELECT pg_temp.add(6, minutes => 1), pg_temp.add(7, minutes => 600) \g /dev/null
SELECT is((SELECT count(*) FROM (SELECT pg_temp.take('nora') FROM generate_series(1, 3)) t), 3::bigint,
    'the rest is taken');
SELECT set_eq($$SELECT reference FROM triaged.my_tickets WHERE agent = 'nora'$$,
    ARRAY['R0000003', 'R0000006', 'R0000001', 'R0000007'],
    'what came before the mark is found, if nothing is behind it');
SELECT is(pg_temp.take('nora'), NULL, 'and then there is nothing');

SELECT pg_temp.add(10, minutes => 30), pg_temp.add(11, locale => 'fr') \g /dev/null
SELECT is(pg_temp.take('nils', ticket => 'r00000lo'), 'R0000010', 'by name: any case, O and L as read');
SELECT is(pg_temp.take('nils', ticket => (SELECT ticket_id::text FROM triaged.ticket
    WHERE reference = 'R0000011')), 'R0000011', 'by number, whatever its language');
SELECT throws_ok($$SELECT triaged.claim('nora', ticket => 'R0000010')$$, 'TR006',
    'nils holds ticket R0000010', 'not what somebody holds');
SELECT throws_ok($$SELECT triaged.claim('nils', ticket => 'R0000010')$$, 'TR006',
    'nils holds ticket R0000010', 'not even by its holder');
SELECT throws_ok($$SELECT triaged.claim('nora', ticket => 'R0000004')$$, 'TR004',
    'ticket R0000004 belongs to team south', 'not of another team');
SELECT throws_ok($$SELECT triaged.claim('nora', 'south')$$, 'TR004',
    'agent nora is not in team south', 'not from another team');
SELECT throws_ok($$SELECT triaged.claim('nora', 'east')$$, 'TR005',
    'there is no team ''east''', 'not from no team');
SELECT throws_ok($$SELECT triaged.claim('nora', ticket => 'R9999999')$$, 'TR003',
    'there is no ticket ''R9999999''', 'not what is not there');
SELECT throws_ok($$SELECT triaged.claim('nemo')$$, 'TR002', 'there is no agent ''nemo''', 'not by nobody');
SELECT throws_ok($$SELECT triaged.claim(NULL)$$, 'TR002', 'there is no agent without a name',
    'not by null');
SELECT triaged.agent_set_active('nora', false);
SELECT throws_ok($$SELECT triaged.claim('nora')$$, 'TR002', 'agent ''nora'' is not active',
    'not by one who left');
SELECT triaged.agent_add('nora', 'Nora', ARRAY['north'], ARRAY['en'], 'somebody_else');
SELECT triaged.agent_set_active('nora', true);
SELECT throws_ok($$SELECT triaged.claim('nora')$$, 'TR002', NULL, 'not by another login than the agent''s');
SELECT triaged.agent_add('nora', 'Nora', ARRAY['north'], ARRAY['en']);
SELECT triaged.complete('nora', t.reference, q.lease_token) FROM triaged.queue q JOIN triaged.ticket t USING (ticket_id)
    WHERE t.reference = 'R0000001' \g /dev/null
SELECT throws_ok($$SELECT triaged.claim('nora', ticket => 'R0000001')$$, 'TR006', 'ticket R0000001 is closed', 'not what is closed');
SELECT is(count(DISTINCT lease_token), count(*), 'each acquisition has its token')
    FROM triaged.queue WHERE state = 'held';
SELECT pg_temp.depth_is_true();

SELECT finish();
ROLLBACK;
