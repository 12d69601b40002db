-- SPDX-License-Identifier: MIT
-- The page of a ticket shows it as it is: what follow-ups have changed of the first
-- decision is laid over it.

CREATE OR REPLACE FUNCTION triaged.ticket_page(agent text, ticket text)
RETURNS jsonb LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, triaged, pg_temp AS $$
DECLARE
	id    uuid;
	t     triaged.ticket;
	place triaged.queue;
	page  jsonb;
	last  jsonb;
	facts jsonb;
BEGIN
	PERFORM triaged.agent_check(agent);
	id := triaged.find_ticket(ticket);
	SELECT * INTO t FROM triaged.ticket x WHERE x.ticket_id = id;
	SELECT * INTO place FROM triaged.queue q WHERE q.ticket_id = id;
	IF NOT EXISTS (SELECT 1 FROM triaged.agent_team m WHERE m.agent = ticket_page.agent
	               AND m.team IN (t.team, place.team))
	   AND NOT EXISTS (SELECT 1 FROM triaged.ticket_event e
	                   WHERE e.ticket_id = id AND e.actor = ticket_page.agent) THEN
		PERFORM triaged.refuse('TR004',
		    format('ticket %s belongs to team %s', ticket, coalesce(place.team, t.team)),
		    'An operator says who is in which team: "triagectl agent add".');
	END IF;
	page := jsonb_build_object(
	    'ticket', jsonb_build_object('ticket', t.ticket_id, 'reference', t.reference,
	        'audience', t.audience, 'locale', t.locale, 'form_locale', t.form_locale,
	        'received_at', t.received_at, 'clock_from_sender', t.clock_from_sender,
	        'stored_at', t.stored_at, 'requester', jsonb_build_object(
	            'name', t.requester_name, 'email', t.requester_email),
	        'subject', t.subject, 'body', t.body, 'reason', t.reason, 'fields', t.fields,
	        'attachments', t.attachments),
	    'decision', t.explanation::jsonb || jsonb_build_object('category', t.category,
	        'outcome', t.outcome, 'team', t.team, 'priority', t.priority,
	        'missing', to_jsonb(t.missing), 'found', t.found, 'confidence', t.confidence,
	        'policy', encode(t.policy, 'hex')),
	    'place', jsonb_build_object('state', coalesce(place.state, 'closed'),
	        'team', place.team, 'priority', place.priority, 'category', place.category,
	        'due_at', place.due_at, 'holder', place.holder, 'held_since', place.held_since,
	        'ends_at', place.ends_at, 'claims', place.claims),
	    'told', (SELECT coalesce(jsonb_agg(jsonb_build_object('mail', o.message_id,
	            'kind', o.kind, 'author', o.author, 'state', o.state, 'at', o.created_at,
	            'subject', o.subject, 'body', o.body) ORDER BY o.created_at, o.message_id), '[]')
	        FROM triaged.outbox o WHERE o.ticket_id = id),
	    'messages', (SELECT coalesce(jsonb_agg(jsonb_build_object('no', m.message_no,
	            'at', m.at, 'kind', m.kind, 'author', m.author, 'body', m.body,
	            'fields', m.fields, 'attachments', m.attachments) ORDER BY m.message_no), '[]')
	        FROM triaged.message m WHERE m.ticket_id = id),
	    'follow_up_no', triaged.follow_up_no(id),
	    'history', (SELECT coalesce(jsonb_agg(jsonb_build_object('at', e.at, 'kind', e.kind,
	            'actor', e.actor, 'detail', e.detail - 'token') ORDER BY e.event_id), '[]')
	        FROM triaged.ticket_event e WHERE e.ticket_id = id));
	SELECT m.decision INTO last FROM triaged.message m
	WHERE m.ticket_id = id AND m.decision IS NOT NULL ORDER BY m.message_no DESC LIMIT 1;
	IF FOUND THEN
		-- What only adds to a ticket has found nothing anew.
		SELECT jsonb_object_agg(f.key, f.value ORDER BY m.message_no) INTO facts
		FROM triaged.message m, jsonb_each(m.decision->'found') f WHERE m.ticket_id = id;
		page := jsonb_set(page, '{decision}', page->'decision' || jsonb_build_object(
		    'outcome', last->'outcome', 'missing', last->'missing',
		    'found', (page->'decision'->'found') || coalesce(facts, '{}')));
	END IF;
	-- Mails carry the follow-up token in their link; it is the requester's alone.
	RETURN replace(page::text, t.follow_up_token, '…')::jsonb;
END $$;
COMMENT ON FUNCTION triaged.ticket_page(text, text) IS 'Everything about a ticket as it is now, for an agent of its team or who has worked on it: {ticket, decision, place, told, messages, follow_up_no, history}. Never the follow-up token.';
