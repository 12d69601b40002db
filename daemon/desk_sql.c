/* SPDX-License-Identifier: MIT */
#include "desk_sql.h"

/* As the store does; a stronger setting is left alone. */
static const char check_sql[] =
    "SELECT coalesce((SELECT max(version) FROM triaged.migration), 0)::text,"
    " CASE WHEN current_setting('synchronous_commit') IN ('off', 'local')"
    "  THEN set_config('synchronous_commit', 'on', false) END";

#define LIST(json)                                                                                \
	"ARRAY(SELECT n FROM jsonb_array_elements_text(" json ")"                                 \
	" WITH ORDINALITY AS list(n, number) ORDER BY number)"
#define WARNINGS(what)                                                                            \
	"ARRAY(SELECT w->>'" what "' FROM jsonb_array_elements(same.decision->'warnings')"        \
	" WITH ORDINALITY AS list(w, number) ORDER BY number)"

/* What people wrote is read only for who has the token: others shall not cost that. */
static const char read_sql[] =
    "SELECT now.ticket_id, now.reference, t.follow_up_token, t.locale,"
    " floor(extract(epoch FROM t.received_at) * 1000)::bigint, now.state, now.category,"
    " now.outcome, now.team, now.priority, now.missing,"
    " coalesce(q.state = 'waiting' AND q.due_at IS NOT NULL, false),"
    " coalesce(q.asked, 0)::bigint,"
    " said.messages, said.follow_ups, same.digest, same.digest_version,"
    " same.decision->>'category', same.decision->>'outcome', same.decision->>'team',"
    " same.decision->>'priority', same.decision->>'state', same.decision->>'policy',"
    " " LIST("same.decision->'missing'") ", " WARNINGS("path") ", " WARNINGS("code") ","
    " o.locale, o.subject, o.body, part.ms, part.subjects, part.bodies,"
    " piece.parts, piece.kinds, piece.names, piece.types, piece.values"
    " FROM triaged.ticket_now now"
    " JOIN triaged.ticket t USING (ticket_id)"
    " LEFT JOIN triaged.queue q USING (ticket_id)"
    " LEFT JOIN triaged.message same ON same.ticket_id = now.ticket_id AND same.key = $2::bytea"
    " LEFT JOIN triaged.outbox o"
    "  ON o.ticket_id = now.ticket_id AND o.message_id = same.reply_id"
    " CROSS JOIN LATERAL (SELECT CASE WHEN sha256(convert_to(t.follow_up_token, 'UTF8'))"
    "  = sha256(convert_to($3::text, 'UTF8')) THEN t.ticket_id END AS ticket_id) allowed"
    " CROSS JOIN LATERAL (SELECT count(*) AS messages,"
    "  count(*) FILTER (WHERE m.kind = 'follow_up') AS follow_ups"
    "  FROM triaged.message m WHERE m.ticket_id = now.ticket_id) said"
    " CROSS JOIN LATERAL (SELECT"
    "  array_agg(floor(extract(epoch FROM p.received_at) * 1000)::bigint::text ORDER BY p.part)"
    "   AS ms,"
    "  array_agg(p.subject ORDER BY p.part) AS subjects,"
    "  array_agg(p.body ORDER BY p.part) AS bodies"
    "  FROM triaged.follow_up_parts(allowed.ticket_id) p) part"
    " CROSS JOIN LATERAL (SELECT"
    "  coalesce(array_agg(p.part::text ORDER BY p.number), '{}') AS parts,"
    "  coalesce(array_agg(p.kind ORDER BY p.number), '{}') AS kinds,"
    "  coalesce(array_agg(p.name ORDER BY p.number), '{}') AS names,"
    "  coalesce(array_agg(p.type ORDER BY p.number), '{}') AS types,"
    "  coalesce(array_agg(p.value ORDER BY p.number), '{}') AS values"
    "  FROM triaged.follow_up_pieces(allowed.ticket_id)"
    "  WITH ORDINALITY AS p(part, kind, place, item, name, type, value, number)) piece"
    " WHERE now.ticket_id = triaged.named_ticket($1::text)";

static const char write_sql[] =
    "SELECT triaged.follow_up_write($1::uuid, $2::bytea, $3::bytea, $4::smallint, $5::bigint,"
    " $6::text, $7::text, $8::text, $9::jsonb, $10::jsonb, $11::int[], $12::bytea[],"
    " $13::jsonb, $14::text, $15::timestamptz, $16::double precision, $17::uuid, $18::text,"
    " $19::text, $20::text, $21::text)";

static const char lookup_sql[] =
    "SELECT ticket_id, reference, category, outcome, team, priority, state,"
    " to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), missing"
    " FROM triaged.lookup($1::text, $2::text, $3::bytea)";

static const char waits_sql[] =
    "SELECT w.ticket_id, w.due, w.ended, w.by_person, t.reference, t.follow_up_token, t.locale,"
    " now.category, now.team, now.priority, now.missing"
    " FROM triaged.wait_due($1::int) w"
    " JOIN triaged.ticket t USING (ticket_id) JOIN triaged.ticket_now now USING (ticket_id)";

static const char remind_sql[] =
    "SELECT triaged.wait_remind($1::uuid, $2::timestamptz, $3::uuid, $4::text, $5::text)";

static const char end_sql[] =
    "SELECT triaged.wait_end($1::uuid, $2::timestamptz, $3::text, $4::timestamptz)";

const struct pgconn_statement desk_statements[] = {
    {"desk_check", check_sql},
    {"desk_read", read_sql},
    {"desk_write", write_sql},
    {"desk_lookup", lookup_sql},
    {"desk_waits", waits_sql},
    {"desk_remind", remind_sql},
    {"desk_end", end_sql},
};
const size_t desk_statement_count = sizeof(desk_statements) / sizeof(desk_statements[0]);
