/* SPDX-License-Identifier: MIT */
/*
 * What a contact form asks for before there is a ticket. It needs no database.
 */
#include "pipeline_state.h"

/* "mentor, coach"; absent when the arena is full. */
static struct str
choices(struct arena *arena, const struct str *names, size_t count)
{
	struct strbuf text;
	struct str kept;
	size_t i;

	strbuf_init(&text, 0);
	strbuf_puts(&text, "choose one of: ");
	for (i = 0; i < count; i++) {
		strbuf_puts(&text, i > 0 ? ", " : "");
		strbuf_put(&text, names[i]);
	}
	kept = arena_dup(arena, strbuf_str(&text));
	strbuf_fini(&text);
	return kept;
}

void
pipeline_form(struct pipeline *pipeline, struct request *request)
{
	const struct rules *rules = request->policy->rules;
	struct str name = request->wire.locale;
	int audience = rules_audience_find(rules, request->wire.audience);
	int locale = name.n > 0 ? rules_locale_find(rules, name) : (int)rules->default_locale;

	if (audience < 0)
		wire_request_error(&request->wire, STR("audience"), STR("unknown_audience"),
		    choices(request->arena, rules->audiences, rules->audience_count));
	if (locale < 0)
		wire_request_error(&request->wire, STR("locale"), STR("unknown_locale"),
		    choices(request->arena, rules->locale_names, rules->locale_count));
	strbuf_clear(&pipeline->out);
	if (audience < 0 || locale < 0)
		pipeline_send_invalid(pipeline, request,
		    audience < 0 ? METRIC_REFUSED_AUDIENCE : METRIC_REFUSED_MESSAGE);
	else if (wire_encode_form(&request->wire, request->policy, (unsigned)audience,
		     (unsigned)locale, request->arena, &pipeline->out) < 0)
		pipeline_send_no_memory(pipeline, request);
	else
		pipeline_send_ok(pipeline, request);
}
