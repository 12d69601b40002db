-- SPDX-License-Identifier: MIT
-- The depth: true after every kind of move, folded or not, and past the target.
\ir fixture.psql
SELECT plan(12);
SELECT pg_temp.add(n, minutes => CASE WHEN n <= 3 THEN -60 ELSE 60 END) FROM generate_series(1, 6) n \g /dev/null
CREATE FUNCTION pg_temp.late() RETURNS bigint LANGUAGE sql AS
	$$ SELECT sum(past_target)::bigint FROM triaged.queue_depth $$;

SELECT pg_temp.depth_is_true();
SELECT is(pg_temp.late(), 3::bigint, 'three are late');
SELECT is(triaged.tidy(), 6::bigint, 'folded');
SELECT is(pg_temp.late(), 3::bigint, 'they still are');
SELECT is((SELECT count(*) FROM triaged.queue_depth_total WHERE due = '-infinity'), 1::bigint,
    'as one row');
SELECT is(pg_temp.take('nora'), 'R0000001', 'the latest first');
SELECT is(pg_temp.late(), 3::bigint, 'late in the hands of somebody, too');
SELECT triaged.reply('nora', 'R0000001', pg_temp.token(), 'When?', 'wait') \g /dev/null
SELECT is(pg_temp.late(), 2::bigint, 'but not while the requester has the word');
SELECT pg_temp.depth_is_true();
SELECT triaged.tidy() \g /dev/null
SELECT is(pg_temp.late(), 2::bigint, 'nor folded');
SELECT is((SELECT date_trunc('hour', max(oldest_age) + interval '5 minutes') FROM triaged.queue_depth),
    interval '1 hour', 'the oldest is an hour old');
SELECT pg_temp.depth_is_true();

SELECT finish();
ROLLBACK;
