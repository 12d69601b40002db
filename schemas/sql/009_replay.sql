-- SPDX-License-Identifier: MIT
-- What "triagectl replay" decides on anew. Nobody but the owner may read it unless the
-- owner says so, login by login: it has the words of all requesters, which agents see of
-- their own teams' tickets only, and operators not at all.
--
--   GRANT SELECT ON triaged.ticket_as_sent TO nora;

CREATE VIEW triaged.ticket_as_sent AS
	SELECT t.ticket_id, t.reference, t.received_at, t.audience, t.form_locale,
	       t.requester_name, t.subject, t.body, t.reason, t.fields,
	       (SELECT coalesce(jsonb_agg(jsonb_build_object('name', a.one->'name',
	            'type', a.one->'type', 'size', a.one->'size', 'field', a.one->'field')
	            ORDER BY a.place), '[]')
	        FROM jsonb_array_elements(t.attachments) WITH ORDINALITY AS a(one, place)) AS attachments
	FROM triaged.ticket t;
COMMENT ON VIEW triaged.ticket_as_sent IS 'Tickets as far as rules decide on them: without addresses, contents and links of attachments, or tokens. Granted to no role: the owner grants it to who tries out rules on what people wrote.';
