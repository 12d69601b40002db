/* SPDX-License-Identifier: MIT */
#include "rules_schema.h"

#include "json.h"
#include "rules_read.h"

#define SCHEMA_SHAPES 64
#define SCHEMA_NAME 64 /* bytes of a definition's name */

#define SCHEMA_SCALAR "\"type\":[\"string\",\"number\",\"boolean\"]"
#define SCHEMA_LIST_OF(name) \
	"{\"type\":\"array\",\"minItems\":1,\"items\":{\"$ref\":\"#/$defs/" name "\"}}"
#define SCHEMA_MAP_OF(names, value) \
	"{\"type\":\"object\",\"propertyNames\":{\"$ref\":\"#/$defs/" names "\"}," \
	"\"additionalProperties\":" value "}"
#define SCHEMA_REF(name) "{\"$ref\":\"#/$defs/" name "\"}"
#define SCHEMA_EITHER(first, second) "{\"anyOf\":[" first "," second "]}"

/* The values that are no maps of a shape. */
static const struct {
	const char *name, *schema;
} schema_values[] = {
    {"text", "{" SCHEMA_SCALAR ",\"pattern\":\"\\\\S\"}"},
    {"texts", SCHEMA_LIST_OF("text")},
    {"text_or_texts", SCHEMA_EITHER(SCHEMA_REF("text"), SCHEMA_REF("texts"))},
    {"name", "{\"type\":\"string\",\"pattern\":\"^[a-z][a-z0-9_]{0,63}$\"}"},
    {"names", SCHEMA_LIST_OF("name")},
    {"dotted_name", "{\"type\":\"string\",\"maxLength\":64,"
		    "\"pattern\":\"^[a-z][a-z0-9_]*([.][a-z0-9_]+)*$\"}"},
    {"word", "{\"type\":\"string\",\"pattern\":\"^[A-Za-z_][A-Za-z0-9_]{0,63}$\"}"},
    {"locale", "{\"type\":\"string\",\"pattern\":\"^[A-Za-z][A-Za-z-]+$\"}"},
    {"locales", SCHEMA_EITHER(SCHEMA_REF("locale"), SCHEMA_LIST_OF("locale"))},
    {"number", "{\"type\":[\"number\",\"string\"],\"minimum\":-1001,\"maximum\":1001,"
	       "\"pattern\":\"^-?[0-9]{1,4}([.][0-9]{1,3})?$\"}"},
    {"numbers_by_locale", SCHEMA_MAP_OF("locale", SCHEMA_REF("number"))},
    {"count", "{\"type\":[\"integer\",\"string\"],\"minimum\":1,\"maximum\":1000000000,"
	      "\"pattern\":\"^[0-9]{1,10}$\"}"},
    {"boolean", "{\"enum\":[true,false,\"true\",\"false\"]}"},
    {"duration", "{\"type\":\"string\",\"pattern\":\"^([0-9]{1,5}(min|h|d))+$\"}"},
    {"bound", "{\"type\":[\"integer\",\"string\"],"
	      "\"pattern\":\"^-?[0-9]{1,10}( *(months?|days?))?$\"}"},
    {"date", "{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}$\"}"},
    {"dates", "{\"type\":\"array\",\"items\":" SCHEMA_REF("date") "}"},
    {"time", "{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]"
	     "[0-9]{2}:[0-9]{2}:[0-9]{2}([.]0+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$\"}"},
    {"spans", "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"pattern\":"
	      "\"^[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$\"}}"},
    {"boxes", SCHEMA_MAP_OF("name", SCHEMA_REF("text_or_texts"))},
    {"codes", SCHEMA_EITHER(SCHEMA_REF("texts"),
		  SCHEMA_MAP_OF("name", SCHEMA_REF("texts_by_locale")))},
    {"words", SCHEMA_MAP_OF("word", SCHEMA_REF("text_or_texts"))},
    {"texts_by_locale", SCHEMA_MAP_OF("locale", SCHEMA_REF("text"))},
    {"patterns_by_locale", SCHEMA_MAP_OF("locale", SCHEMA_REF("text_or_texts"))},
    {"lists_by_locale", SCHEMA_MAP_OF("locale", SCHEMA_REF("texts"))},
    {"texts_by_topic", SCHEMA_MAP_OF("dotted_name", SCHEMA_REF("lists_by_locale"))},
    {"weights", SCHEMA_MAP_OF("dotted_name",
		    SCHEMA_EITHER(SCHEMA_REF("number"), SCHEMA_REF("numbers_by_locale")))},
};

static const char *const schema_takes[] = {
    [TAKES_TEXT] = "text",
    [TAKES_TEXTS] = "texts",
    [TAKES_NAME] = "name",
    [TAKES_NAMES] = "names",
    [TAKES_NUMBER] = "number",
    [TAKES_BOOLEAN] = "boolean",
    [TAKES_BOUND] = "bound",
    [TAKES_DATES] = "dates",
    [TAKES_TIME] = "time",
    [TAKES_BOXES] = "boxes",
    [TAKES_CODES] = "codes",
    [TAKES_WORDS] = "words",
    [TAKES_PATTERNS_BY_LOCALE] = "patterns_by_locale",
    [TAKES_TEXTS_BY_TOPIC] = "texts_by_topic",
    [TAKES_WEIGHTS] = "weights",
};

static const char *const schema_types[] = {
    [RULES_TEXT] = "text",
    [RULES_NAME] = "name",
    [RULES_NUMBER] = "number",
    [RULES_COUNT] = "count",
    [RULES_INTEGER] = "count",
    [RULES_BOOLEAN] = "boolean",
    [RULES_DURATION] = "duration",
    [RULES_TEXT_BY_LOCALE] = "texts_by_locale",
    [RULES_LOCALE_SET] = "locales",
    [RULES_TEXT_LIST] = "texts",
};

struct schema {
	struct json json;
	/* Each is defined once; those from "done" on are still to be. */
	const struct rules_shape *shapes[SCHEMA_SHAPES];
	size_t count, done;
	bool section; /* the map's keys may stand in several files */
};

static void schema_shape(struct schema *schema, const struct rules_shape *shape, bool whole);

static void
schema_put_reference(struct schema *schema, const char *name)
{
	struct strbuf path;

	strbuf_init(&path, 0);
	strbuf_printf(&path, "#/$defs/%s", name);
	json_key(&schema->json, "$ref");
	json_str(&schema->json, strbuf_str(&path));
	strbuf_fini(&path);
}

static void
schema_refer(struct schema *schema, const char *name)
{
	json_open(&schema->json, '{');
	schema_put_reference(schema, name);
	json_close(&schema->json, '}');
}

/* A definition has the shape's own words for a name: "a_category". */
static const char *
schema_name(const struct rules_shape *shape, char name[SCHEMA_NAME])
{
	size_t i;

	for (i = 0; i < SCHEMA_NAME - 1 && shape->what[i] != '\0'; i++)
		name[i] = shape->what[i] >= 'a' && shape->what[i] <= 'z' ? shape->what[i] : '_';
	name[i] = '\0';
	return name;
}

static void
schema_refer_shape(struct schema *schema, const struct rules_shape *shape)
{
	char name[SCHEMA_NAME];
	size_t i;

	for (i = 0; i < schema->count; i++)
		if (schema->shapes[i] == shape)
			break;
	if (i == schema->count && i < SCHEMA_SHAPES)
		schema->shapes[schema->count++] = shape;
	schema_refer(schema, schema_name(shape, name));
}

/* {name: value}; the value comes next, then json_close. */
static void
schema_open_map(struct schema *schema, const char *names)
{
	json_open(&schema->json, '{');
	json_key(&schema->json, "type");
	json_text(&schema->json, "object");
	json_key(&schema->json, "propertyNames");
	schema_refer(schema, names);
	json_key(&schema->json, "additionalProperties");
}

static void
schema_open_list(struct schema *schema)
{
	json_open(&schema->json, '{');
	json_key(&schema->json, "type");
	json_text(&schema->json, "array");
	json_key(&schema->json, "items");
}

/* A text whose places to fill are of those kinds. */
static void
schema_template(struct schema *schema, unsigned kinds)
{
	struct strbuf pattern;
	const char *bar = "";
	int kind;

	strbuf_init(&pattern, 0);
	strbuf_puts(&pattern, "^(?:[^{]|[{](?![{])|[{][{]\\s*(?:");
	for (kind = 0; kind <= TEMPLATE_TOKEN; kind++) {
		if ((kinds >> kind & 1) == 0)
			continue;
		strbuf_printf(&pattern, "%s%s%s", bar, template_names[kind],
		    kind == TEMPLATE_LINK ? "\\s*:\\s*[a-z][a-z0-9_]*" : "");
		bar = "|";
	}
	strbuf_puts(&pattern, ")\\s*[}][}])*$");
	json_open(&schema->json, '{');
	json_key(&schema->json, "allOf");
	json_open(&schema->json, '[');
	schema_refer(schema, "text");
	json_open(&schema->json, '{');
	json_key(&schema->json, "pattern");
	json_str(&schema->json, strbuf_str(&pattern));
	json_close(&schema->json, '}');
	json_close(&schema->json, ']');
	json_close(&schema->json, '}');
	strbuf_fini(&pattern);
}

static void
schema_words(struct schema *schema, const char *const *words, size_t count)
{
	size_t i;

	json_open(&schema->json, '{');
	json_key(&schema->json, "enum");
	json_open(&schema->json, '[');
	for (i = 0; i < count; i++)
		json_text(&schema->json, words[i]);
	json_close(&schema->json, ']');
	json_close(&schema->json, '}');
}

static void
schema_hours(struct schema *schema)
{
	static const char *const all[] = {"all"};
	int i;

	json_open(&schema->json, '{');
	json_key(&schema->json, "anyOf");
	json_open(&schema->json, '[');
	schema_words(schema, all, 1);
	json_open(&schema->json, '{');
	json_key(&schema->json, "type");
	json_text(&schema->json, "object");
	json_key(&schema->json, "properties");
	json_open(&schema->json, '{');
	for (i = 0; i < 7; i++) {
		json_key(&schema->json, rules_weekdays[i]);
		schema_refer(schema, "spans");
	}
	json_close(&schema->json, '}');
	json_key(&schema->json, "additionalProperties");
	json_bool(&schema->json, false);
	json_close(&schema->json, '}');
	json_close(&schema->json, ']');
	json_close(&schema->json, '}');
}

static void
schema_special(struct schema *schema, const struct rules_key *key)
{
	switch (key->takes) {
	case TAKES_CHOICE:
		schema_words(schema, key->words, key->word_count);
		break;
	case TAKES_HOURS:
		schema_hours(schema);
		break;
	case TAKES_MAPS_BY_LOCALE:
		schema_open_map(schema, "locale");
		schema_refer_shape(schema, key->shape);
		json_close(&schema->json, '}');
		break;
	case TAKES_MAPS_BY_NAME:
		schema_open_map(schema, "name");
		schema_shape(schema, key->shape, false);
		json_close(&schema->json, '}');
		break;
	default:
		schema_refer(schema, schema_takes[key->takes]);
	}
}

static void
schema_value(struct schema *schema, const struct rules_key *key)
{
	switch (key->type) {
	case RULES_TEMPLATE:
		schema_template(schema, key->kinds);
		break;
	case RULES_TEMPLATE_BY_LOCALE:
		schema_open_map(schema, "locale");
		schema_template(schema, key->kinds);
		json_close(&schema->json, '}');
		break;
	case RULES_MAP:
		if (schema->section)
			schema_shape(schema, key->shape, false);
		else
			schema_refer_shape(schema, key->shape);
		break;
	case RULES_MAPS_BY_NAME:
		schema_open_map(schema, key->shape->dotted ? "dotted_name" : "name");
		schema_refer_shape(schema, key->shape);
		json_close(&schema->json, '}');
		break;
	case RULES_MAP_LIST:
		schema_open_list(schema);
		schema_refer_shape(schema, key->shape);
		json_close(&schema->json, '}');
		break;
	case RULES_SPECIAL:
		schema_special(schema, key);
		break;
	default:
		schema_refer(schema, schema_types[key->type]);
	}
}

/* What must be there, unless another is named that it is like. */
static void
schema_required(struct schema *schema, const struct rules_shape *shape)
{
	size_t i;

	if (shape->like) {
		json_key(&schema->json, "anyOf");
		json_open(&schema->json, '[');
		json_open(&schema->json, '{');
		json_key(&schema->json, "required");
		json_open(&schema->json, '[');
		json_text(&schema->json, "like");
		json_close(&schema->json, ']');
		json_close(&schema->json, '}');
		json_open(&schema->json, '{');
	}
	json_key(&schema->json, "required");
	json_open(&schema->json, '[');
	for (i = 0; i < shape->key_count; i++)
		if (shape->keys[i].required)
			json_text(&schema->json, shape->keys[i].name);
	json_close(&schema->json, ']');
	if (shape->like) {
		json_close(&schema->json, '}');
		json_close(&schema->json, ']');
	}
}

/* whole: all that it needs must be in it. */
static void
schema_shape(struct schema *schema, const struct rules_shape *shape, bool whole)
{
	bool outer = schema->section;
	size_t i;

	if (shape->per_locale != NULL) {
		schema_open_map(schema, "locale");
		schema_refer_shape(schema, shape->per_locale);
		json_close(&schema->json, '}');
		return;
	}
	json_open(&schema->json, '{');
	json_key(&schema->json, "title");
	json_text(&schema->json, shape->what);
	json_key(&schema->json, "type");
	json_text(&schema->json, "object");
	json_key(&schema->json, "properties");
	json_open(&schema->json, '{');
	schema->section = shape == &rules_shape_file;
	for (i = 0; i < shape->key_count; i++) {
		json_key(&schema->json, shape->keys[i].name);
		schema_value(schema, &shape->keys[i]);
	}
	schema->section = outer;
	json_close(&schema->json, '}');
	json_key(&schema->json, "additionalProperties");
	json_bool(&schema->json, false);
	if (whole)
		schema_required(schema, shape);
	json_close(&schema->json, '}');
}

/* Each may refer to more. */
static void
schema_definitions(struct schema *schema)
{
	char name[SCHEMA_NAME];
	size_t i;

	for (; schema->done < schema->count; schema->done++) {
		const struct rules_shape *shape = schema->shapes[schema->done];

		json_key(&schema->json, schema_name(shape, name));
		schema_shape(schema, shape, shape != &rules_shape_file);
	}
	for (i = 0; i < sizeof(schema_values) / sizeof(schema_values[0]); i++) {
		json_key(&schema->json, schema_values[i].name);
		strbuf_puts(schema->json.out, schema_values[i].schema);
		schema->json.comma = true;
	}
}

void
rules_schema(struct strbuf *out)
{
	struct schema schema = {.shapes = {&rules_shape_file}, .count = 1};
	char name[SCHEMA_NAME];

	json_init(&schema.json, out);
	json_open(&schema.json, '{');
	json_key(&schema.json, "$schema");
	json_text(&schema.json, "https://json-schema.org/draft/2020-12/schema");
	json_key(&schema.json, "title");
	json_text(&schema.json, "a file of triaged's rules");
	schema_put_reference(&schema, schema_name(&rules_shape_file, name));
	json_key(&schema.json, "$defs");
	json_open(&schema.json, '{');
	schema_definitions(&schema);
	json_close(&schema.json, '}');
	json_close(&schema.json, '}');
}
