/* SPDX-License-Identifier: MIT */
#include "store_sql.h"

/* Makes sure of what an answer promises: a commit that is on disk. A stronger
 * setting (remote_apply) is left alone. */
static const char check_sql[] =
    "SELECT coalesce((SELECT max(version) FROM triaged.migration), 0)::text,"
    " EXISTS (SELECT 1 FROM triaged.policy WHERE hash = $1::bytea)::text,"
    " CASE WHEN current_setting('synchronous_commit') IN ('off', 'local')"
    "  THEN set_config('synchronous_commit', 'on', false)"
    "  ELSE current_setting('synchronous_commit') END,"
    " current_setting('fsync'), current_setting('full_page_writes')";

static const char register_sql[] =
    "SELECT triaged.register_policy($1::bytea, $2::text, $3::jsonb)";
static const char record_sql[] = "SELECT triaged.record_policy($1::bytea, $2::text)";

/* One batch. A row of ticket_key is what makes a ticket exist: whatever is not
 * fresh there leaves no trace in the other tables. Two batches with the same
 * key wait for each other on it; their keys are sorted, so they never wait in a
 * circle. Returns the tickets that are new. */
#define WRITE_SQL                                                                                 \
    "WITH input AS ("                                                                             \
    " SELECT * FROM unnest("                                                                      \
    "  $1::text[], $2::bytea[], $3::uuid[], $4::text[], $5::bytea[], $6::smallint[],"             \
    "  $7::text[], $8::text[], $9::text[], $10::timestamptz[], $11::boolean[],"                   \
    "  $12::text[], $13::text[], $14::text[], $15::text[], $16::text[],"                          \
    "  $17::jsonb[], $18::jsonb[], $19::text[], $20::text[], $21::text[], $22::text[],"           \
    "  $23::timestamptz[], $24::text[], $25::jsonb[], $26::double precision[],"                   \
    "  $27::json[], $28::bytea[], $29::text[], $30::uuid[], $31::text[], $32::text[],"            \
    "  $33::double precision[]"                                                                   \
    " ) AS column_of(source, key, ticket_id, reference, digest, digest_version,"                  \
    "  audience, locale, form_locale, received_at, clock_from_sender,"                            \
    "  requester_name, requester_email, subject, body, reason,"                                   \
    "  fields, attachments, category, outcome, team, priority,"                                   \
    "  due_at, missing, found, confidence,"                                                       \
    "  explanation, policy, follow_up_token, reply_id, reply_subject, reply_body, wait)"          \
    "), fresh AS ("                                                                               \
    " INSERT INTO triaged.ticket_key"                                                             \
    "  (source, key, ticket_id, reference, digest, digest_version)"                               \
    " SELECT source, key, ticket_id, reference, digest, digest_version FROM input"                \
    " ON CONFLICT DO NOTHING RETURNING ticket_id"                                                 \
    "), decided AS ("                                                                             \
    " SELECT * FROM input JOIN fresh USING (ticket_id)"                                           \
    "), stored AS ("                                                                              \
    " INSERT INTO triaged.ticket (ticket_id, reference, audience, locale, form_locale,"           \
    "  received_at, clock_from_sender, requester_name, requester_email, subject, body,"           \
    "  reason, fields, attachments, category, outcome, team, priority, missing, found,"           \
    "  confidence, explanation, policy, follow_up_token, reply_id)"                               \
    " SELECT ticket_id, reference, audience, locale, form_locale,"                                \
    "  received_at, clock_from_sender, requester_name, requester_email, subject, body,"           \
    "  reason, fields, attachments, category, outcome, team, priority,"                           \
    "  string_to_array(missing, ','), found,"                                                     \
    "  confidence, explanation, policy, follow_up_token, reply_id FROM decided"                   \
    "), attached AS ("                                                                            \
    " INSERT INTO triaged.attachment (ticket_id, position, content)"                              \
    " SELECT ticket_id, position, content"                                                        \
    " FROM unnest($34::uuid[], $35::int[], $36::bytea[])"                                         \
    "  AS content_of(ticket_id, position, content) JOIN fresh USING (ticket_id)"                  \
    "), noted AS ("                                                                               \
    " INSERT INTO triaged.ticket_event (ticket_id, kind, actor)"                                  \
    " SELECT ticket_id, 'accepted', 'triaged' FROM fresh"                                         \
    "), placed AS ("                                                                              \
    " INSERT INTO triaged.queue (ticket_id, team, priority, state, due_at, received_at,"          \
    "  locale, category, ends_at, remind_at, asked)"                                              \
    " SELECT ticket_id, team, priority,"                                                          \
    "  CASE outcome WHEN 'routed' THEN 'queued' ELSE 'waiting' END, due_at, received_at,"         \
    "  locale, category, clock_timestamp() + make_interval(secs => wait),"                        \
    "  clock_timestamp() + make_interval(secs => wait / 2), (wait IS NOT NULL)::int"              \
    " FROM decided WHERE outcome IN ('routed', 'needs_info')"                                     \
    " RETURNING team, priority, state, triaged.due_slot(due_at) AS due"                           \
    "), counted AS ("                                                                             \
    " INSERT INTO triaged.queue_depth_delta (team, priority, state, due, delta)"                  \
    " SELECT team, priority, state, due, count(*) FROM placed"                                    \
    " GROUP BY team, priority, state, due"                                                        \
    "), answered AS ("                                                                            \
    " INSERT INTO triaged.outbox (ticket_id, message_id, to_address, locale, subject, body)"      \
    " SELECT ticket_id, reply_id, requester_email, locale, reply_subject, reply_body"             \
    " FROM decided WHERE reply_id IS NOT NULL"                                                    \
    ")"
#define WRITE_RESULT " SELECT ticket_id FROM fresh"

static const char write_sql[] = WRITE_SQL WRITE_RESULT;
static const char shadow_sql[] = WRITE_SQL
    ", shadowed AS ("
    " INSERT INTO triaged.shadow"
    "  (ticket_id, policy, category, outcome, team, priority, missing, confidence)"
    " SELECT ticket_id, policy, category, outcome, team, priority,"
    "  string_to_array(missing, ','), confidence"
    " FROM unnest($37::uuid[], $38::bytea[], $39::text[], $40::text[], $41::text[],"
    "  $42::text[], $43::text[], $44::double precision[])"
    "  AS shadow_of(ticket_id, policy, category, outcome, team, priority, missing, confidence)"
    " JOIN fresh USING (ticket_id)"
    ")" WRITE_RESULT;

/* The first answers to keys that were not fresh. In a statement of its own: it
 * sees what other transactions committed while "store_write" waited for them. */
static const char read_sql[] =
    "SELECT asked.number, k.ticket_id, k.digest, k.digest_version, t.reference,"
    " t.category, t.outcome, t.team, t.priority, t.missing, t.locale,"
    " encode(t.policy, 'hex'), t.follow_up_token, o.subject, o.body,"
    " ARRAY(SELECT w->>'path' FROM json_array_elements(t.explanation->'warnings')"
    "  WITH ORDINALITY AS list(w, n) ORDER BY n),"
    " ARRAY(SELECT w->>'code' FROM json_array_elements(t.explanation->'warnings')"
    "  WITH ORDINALITY AS list(w, n) ORDER BY n)"
    " FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS asked(source, key, number)"
    " JOIN triaged.ticket_key k ON k.source = asked.source AND k.key = asked.key"
    " LEFT JOIN triaged.ticket t ON t.ticket_id = k.ticket_id"
    " LEFT JOIN triaged.outbox o ON o.ticket_id = t.ticket_id AND o.message_id = t.reply_id"
    " ORDER BY asked.number";

const struct pgconn_statement store_statements[] = {
    {"store_check", check_sql},
    {"store_register", register_sql},
    {"store_write", write_sql},
    {"store_read", read_sql},
    {"store_shadow", shadow_sql},
};
const size_t store_statement_count = sizeof(store_statements) / sizeof(store_statements[0]);

const struct pgconn_statement store_record_statements[] = {
    {"store_check", check_sql},
    {"store_record", record_sql},
};
const size_t store_record_statement_count =
    sizeof(store_record_statements) / sizeof(store_record_statements[0]);
