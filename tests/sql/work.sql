-- SPDX-License-Identifier: MIT
-- What the holder of a ticket can do with it, and where it is then.
\ir fixture.psql
SELECT plan(53);
SELECT pg_temp.add(n) FROM generate_series(1, 9) n \g /dev/null

CREATE FUNCTION pg_temp.call(format text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	got text;
BEGIN
	EXECUTE 'SELECT triaged.' || replace(format, '$', pg_temp.token()::text) INTO got;
	RETURN got;
END $$;

SELECT is(pg_temp.take('nora', ticket => 'R0000001'), 'R0000001', 'taken');
SELECT cmp_ok(pg_temp.call($$renew('nora', 'R0000001', $, '2 hours')$$)::timestamptz, '>',
    clock_timestamp() + interval '119 minutes', 'renewed for as long as asked');
SELECT cmp_ok(pg_temp.call($$renew('nora', 'R0000001', $)$$)::timestamptz, '<',
    clock_timestamp() + interval '61 seconds', 'or as long as the policy says');
UPDATE triaged.queue SET held_since = held_since - interval '11 hours' WHERE holder = 'nora';
SELECT cmp_ok(pg_temp.call($$renew('nora', 'R0000001', $, '2 hours')$$)::timestamptz, '<',
    clock_timestamp() + interval '61 minutes', 'but not for ever');
SELECT throws_ok(format('SELECT triaged.renew(%L, %L, %s, %L)', 'nora', 'R0000001', pg_temp.token(), lease),
    'TR005', NULL, 'no lease of ' || lease)
FROM unnest('{-1 hour, 0, 12:00:00.000001, 2 days}'::text[]) AS list(lease);
SELECT throws_ok(format('SELECT triaged.claim(%L, lease => %L)', 'nils', lease), 'TR005', NULL,
    'nor a claim of ' || lease) FROM unnest('{-1 hour, 0, 2 days}'::text[]) AS list(lease);
SELECT is(pg_temp.call($$release('nora', 'R0000001', $, 'not mine')$$), '', 'released');
SELECT is(pg_temp.place('R0000001'), 'queued north normal', 'it is back in the queue');
SELECT is((SELECT body FROM triaged.message WHERE kind = 'note' AND author = 'nora'), 'not mine',
    'with the reason as a note');

SELECT is(pg_temp.take('nora', ticket => 'R0000002'), 'R0000002', 'taken');
SELECT throws_ok(format('SELECT triaged.reassign(%L, %L, %s, %L)', 'nora', 'R0000002', pg_temp.token(),
    'east'), 'TR005', NULL, 'not to no team');
SELECT throws_ok(format('SELECT triaged.reassign(%L, %L, %s, %L, %L)', 'nora', 'R0000002',
    pg_temp.token(), 'south', 'low'), 'TR005', NULL, 'nor with no priority');
SELECT throws_ok(format(call, 'nora', 'R0000002', pg_temp.token(), due), 'TR005', NULL, 'not due at ' || due)
FROM unnest('{-infinity, infinity}'::text[]) AS list(due),
    (VALUES ('SELECT triaged.reassign(%L, %L, %s, ''south'', due_at => %L)'),
            ('SELECT triaged.recategorize(%L, %L, %s, ''invoice'', %L)')) AS calls(call);
SELECT set_config('t.due', (SELECT due_at::text FROM triaged.ticket_place WHERE reference = 'R0000002'),
    true) \g /dev/null
SELECT is(pg_temp.call($$reassign('nora', 'R0000002', $, 'south')$$), '', 'moved');
SELECT is(pg_temp.place('R0000002'), 'queued south normal', 'it is in the other queue');
SELECT is((SELECT due_at::text FROM triaged.ticket_place WHERE reference = 'R0000002'),
    current_setting('t.due'), 'as pressing as before');
SELECT is(pg_temp.take('sami', 'south'), 'R0000002', 'where the other team finds it');
SELECT is(pg_temp.call($$reassign('sami', 'R0000002', $, 'north', 'urgent', '2100-01-01')$$), '',
    'moved, with another priority and time');
SELECT is(pg_temp.place('R0000002'), 'queued north urgent', 'which it has');
SELECT is((SELECT due_at FROM triaged.ticket_place WHERE reference = 'R0000002'), '2100-01-01'::timestamptz,
    'both of them');
SELECT is((SELECT detail::text FROM triaged.ticket_history WHERE reference = 'R0000002'
    AND kind = 'reassigned' ORDER BY event_id LIMIT 1), '{"to": "south", "from": "north", "priority": "normal"}',
    'the history has names, and no token');

SELECT is(pg_temp.take('nora', ticket => 'R0000003'), 'R0000003', 'taken');
SELECT is(pg_temp.call($$recategorize('nora', 'R0000003', $, 'absence')$$), 'true', 'same team: still held');
SELECT is(pg_temp.place('R0000003'), 'held north urgent', 'with the category''s priority');
SELECT is(pg_temp.call($$recategorize('nora', 'R0000003', $, 'invoice')$$), 'false', 'other team: given away');
SELECT is(pg_temp.place('R0000003'), 'queued south normal', 'to its queue');
SELECT is((SELECT q.category || ' was ' || t.category FROM triaged.queue q
    JOIN triaged.ticket t USING (ticket_id) WHERE t.reference = 'R0000003'), 'invoice was break',
    'the first decision stays');

SELECT is(pg_temp.take('nora', ticket => 'R0000004'), 'R0000004', 'taken');
SELECT throws_ok(format('SELECT triaged.reply(%L, %L, %s, %L, %L)', 'nora', 'R0000004', pg_temp.token(),
    'text', 'later'), 'TR005', NULL, 'there is no such next');
SELECT throws_ok(format('SELECT triaged.reply(%L, %L, %s, %L)', 'nora', 'R0000004', pg_temp.token(),
    E' \n'), 'TR005', NULL, 'nothing to send');
SELECT throws_ok(format('SELECT triaged.reply(%L, %L, %s, repeat(%L, 32769))', 'nora', 'R0000004',
    pg_temp.token(), 'é'), 'TR005', 'the reply is too long', 'too much to send');
SELECT throws_ok(format('SELECT triaged.note(%L, %L, %s, NULL)', 'nora', 'R0000004', pg_temp.token()),
    'TR005', 'the note is empty', 'nothing to note');
SELECT isnt(pg_temp.call($$reply('nora', 'R0000004', $, 'Dear Dana')$$), NULL, 'a mail');
SELECT is(pg_temp.place('R0000004'), 'held north normal', 'and the ticket kept');
SELECT is((SELECT concat_ws('|', to_address, subject, body, kind, author, state) FROM triaged.outbox
    WHERE kind = 'reply'), 'dana@example.org|Re: Your question (R0000004)|Dear Dana|reply|nora|pending',
    'without the visitor''s words as its subject');
SELECT isnt(pg_temp.call($$reply('nora', 'R0000004', $, 'More?', 'wait')$$), NULL, 'a question');
SELECT is(pg_temp.place('R0000004'), 'waiting north normal', 'and the ticket waits');
SELECT cmp_ok((SELECT ends_at FROM triaged.ticket_place WHERE reference = 'R0000004'), '<',
    clock_timestamp() + interval '1 year', 'not for ever');
SELECT throws_ok($$SELECT triaged.claim('nora', ticket => 'R0000004')$$, 'TR006', NULL, 'by itself');
SELECT is(pg_temp.take('nora', ticket => 'R0000005'), 'R0000005', 'taken');
SELECT isnt(pg_temp.call($$reply('nora', 'R0000005', $, 'Done.', 'done')$$), NULL, 'a last word');
SELECT is(pg_temp.place('R0000005'), 'closed', 'and the ticket closed');
SELECT is(pg_temp.kinds('R0000005'), 'claimed replied completed', 'with its history');
SELECT throws_ok($$UPDATE triaged.ticket_event SET kind = 'other'$$, '42501', NULL, 'which stays');
SELECT pg_temp.depth_is_true();

SELECT finish();
ROLLBACK;
