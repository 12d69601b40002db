-- SPDX-License-Identifier: MIT
-- What the requester writes while somebody holds the ticket is not closed unread.
\ir fixture.psql
SELECT plan(17);
SELECT pg_temp.add(n) FROM generate_series(1, 3) n \g /dev/null

CREATE FUNCTION pg_temp.write(reference text, body text) RETURNS bigint LANGUAGE sql AS $$
	INSERT INTO triaged.message (ticket_id, kind, author, body)
	SELECT k.ticket_id, 'follow_up', 'requester', write.body FROM triaged.ticket_key k
	WHERE k.reference = write.reference RETURNING message_no
$$;
CREATE FUNCTION pg_temp.unread(what text, call text) RETURNS text LANGUAGE sql AS $$
	SELECT throws_ok(format(call, pg_temp.token()), 'TR007', 'the requester has written meanwhile', what)
$$;

SELECT set_config('t.old', pg_temp.write('R0000001', 'before')::text, true) \g /dev/null
SELECT is((SELECT concat_ws(' ', reference, follow_up_no, set_config('t.token', lease_token::text, true)
    = lease_token::text) FROM triaged.claim('nora', ticket => 'R0000001')),
    'R0000001 ' || current_setting('t.old') || ' t', 'a claim tells the last message');
SELECT set_config('t.new', pg_temp.write('R0000001', 'meanwhile')::text, true) \g /dev/null
SELECT is(triaged.ticket_page('nora', 'R0000001')->>'follow_up_no', current_setting('t.new'),
    'and so does the page');
SELECT pg_temp.unread('not closed', format(
    'SELECT triaged.complete(%L, %L, %%s, %L, %s)', 'nora', 'R0000001', 'a note', current_setting('t.old')));
SELECT pg_temp.unread('nor without saying what was seen', format(
    'SELECT triaged.complete(%L, %L, %%s)', 'nora', 'R0000001'));
SELECT pg_temp.unread('nor by an answer', format(
    'SELECT triaged.reply(%L, %L, %%s, %L, %L, %s)', 'nora', 'R0000001', 'Dear Dana', 'done',
    current_setting('t.old')));
SELECT pg_temp.unread('nor set to wait', format(
    'SELECT triaged.reply(%L, %L, %%s, %L, %L, %s)', 'nora', 'R0000001', 'Dear Dana', 'wait',
    current_setting('t.old')));
SELECT pg_temp.unread('nor that without saying what was seen', format(
    'SELECT triaged.reply(%L, %L, %%s, %L, %L)', 'nora', 'R0000001', 'Dear Dana', 'wait'));
SELECT is(pg_temp.place('R0000001'), 'held north normal', 'it is still held');
SELECT is((SELECT count(*) FROM triaged.outbox WHERE kind = 'reply')
    + (SELECT count(*) FROM triaged.message WHERE kind = 'note'), 0::bigint, 'nothing was written');
SELECT lives_ok(format('SELECT triaged.reply(%L, %L, %s, %L)', 'nora', 'R0000001', pg_temp.token(),
    'More follows.'), 'an answer that keeps it goes');
SELECT lives_ok(format('SELECT triaged.note(%L, %L, %s, %L)', 'nora', 'R0000001', pg_temp.token(),
    'text'), 'and so does a note, which is no message of the requester');
SELECT lives_ok(format('SELECT triaged.complete(%L, %L, %s, seen => %s)', 'nora', 'R0000001',
    pg_temp.token(), current_setting('t.new')), 'who has seen it can close');

SELECT pg_temp.write('R0000002', 'before') \g /dev/null
SELECT is(pg_temp.take('nora', ticket => 'R0000002'), 'R0000002', 'taken after the message');
SELECT lives_ok(format('SELECT triaged.reply(%L, %L, %s, %L, %L)', 'nora', 'R0000002', pg_temp.token(),
    'Which one?', 'wait'), 'what was there at the claim counts as seen');
SELECT is((SELECT follow_up_no FROM triaged.claim('nora', ticket => 'R0000003')), 0::bigint,
    'no message is 0');
SELECT is((SELECT lease_token IS NOT NULL FROM triaged.queue q JOIN triaged.ticket t USING (ticket_id)
    WHERE t.reference = 'R0000003'), true, 'it is held');
SELECT lives_ok(format('SELECT triaged.reply(%L, %L, %s, %L, %L, 0)', 'nora', 'R0000003',
    (SELECT lease_token FROM triaged.queue q JOIN triaged.ticket t USING (ticket_id)
     WHERE t.reference = 'R0000003'), 'Done.', 'done'), 'and closes');

SELECT finish();
ROLLBACK;
