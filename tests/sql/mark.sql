-- SPDX-License-Identifier: MIT
-- Where claims begin to look, and that nothing is overlooked for longer than a second.
\ir fixture.psql
SELECT plan(7);

SELECT pg_temp.add(n, minutes => 30 + n) FROM generate_series(1, 9) n \g /dev/null
SELECT is(pg_temp.take('nils'), 'R0000001', 'the first leaves a mark');
SELECT is(pg_temp.take('nils'), 'R0000002', 'the next begins there');
SELECT cmp_ok((SELECT max(due_at) FROM triaged.claim_mark), '>=',
    (SELECT due_at FROM triaged.ticket_place WHERE reference = 'R0000001'), 'it is where it was found');
SELECT pg_temp.add(20), pg_temp.add(21), pg_sleep(1.01) \g /dev/null
UPDATE triaged.queue SET due_at = clock_timestamp() - interval '1 hour' FROM triaged.ticket t
    WHERE t.ticket_id = queue.ticket_id AND t.reference IN ('R0000020', 'R0000021');
SELECT is(pg_temp.take('nils') IN ('R0000020', 'R0000021'), true, 'a second later it looks before the mark');
SELECT is(pg_temp.take('nils') IN ('R0000020', 'R0000021'), true, 'so does the next, from there');
SELECT triaged.tidy() \g /dev/null
SELECT is((SELECT max(n) FROM (SELECT count(*) AS n FROM triaged.claim_mark GROUP BY team, locale) cell),
    1::bigint, 'one mark a cell is kept');
TRUNCATE triaged.claim_mark;
SELECT is(pg_temp.take('nils'), 'R0000003', 'after a crash there is none, and all goes on');

SELECT finish();
ROLLBACK;
