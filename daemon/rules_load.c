/* SPDX-License-Identifier: MIT */
/*
 * From a folder to the model: find the files, parse each, merge their sections
 * into one tree, read it by the tables, check the whole.
 */
#include "rules_read.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "mem.h"
#include "suggest.h"
#include "tz.h"

#define RULES_FILES 1000
#define RULES_FOLDERS 16 /* deep */

struct rules_files {
	char **paths;
	size_t count;
	bool too_many;
};

static struct place
rules_whole(const char *file)
{
	return (struct place){file, 0, 0, 0};
}

static bool
rules_ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && strcmp(name + n - m, end) == 0;
}

static void rules_find_files(
    struct rules_reader *reader, const char *folder, unsigned depth, struct rules_files *files);

/* Hidden files and folders are editors' and version controls' own. */
static void
rules_find_entry(struct rules_reader *reader, const char *path, const char *name,
    unsigned depth, struct rules_files *files)
{
	struct stat link, status;

	if (lstat(path, &link) != 0 || stat(path, &status) != 0) {
		diag_add(reader->diags, DIAG_ERROR,
		    rules_whole(diag_source(reader->diags, path, STR(""))), "",
		    "cannot be read: %s", strerror(errno));
	} else if (S_ISDIR(status.st_mode)) {
		if (!S_ISLNK(link.st_mode) && depth < RULES_FOLDERS)
			rules_find_files(reader, path, depth + 1, files);
	} else if (S_ISREG(status.st_mode) &&
		   (rules_ends_with(name, ".yml") || rules_ends_with(name, ".yaml.txt"))) {
		diag_add(reader->diags, DIAG_WARNING,
		    rules_whole(diag_source(reader->diags, path, STR(""))),
		    "name it *.yaml", "this file is not read");
	} else if (S_ISREG(status.st_mode) && rules_ends_with(name, ".yaml")) {
		if (files->count == RULES_FILES) {
			files->too_many = true;
			return;
		}
		files->paths = mem_resize(
		    files->paths, files->count + 1, sizeof(files->paths[0]));
		files->paths[files->count++] = mem_strdup(path);
	}
}

static void
rules_find_files(
    struct rules_reader *reader, const char *folder, unsigned depth, struct rules_files *files)
{
	size_t n = strlen(folder);
	const char *slash = n > 0 && folder[n - 1] == '/' ? "" : "/";
	DIR *directory = opendir(folder);
	struct dirent *entry;

	if (directory == NULL) {
		diag_add(reader->diags, DIAG_ERROR,
		    rules_whole(diag_source(reader->diags, folder, STR(""))),
		    errno == ENOENT ? "give the folder that holds the *.yaml files" : "",
		    "the folder of rules cannot be read: %s", strerror(errno));
		return;
	}
	while ((entry = readdir(directory)) != NULL) {
		struct strbuf path;

		if (entry->d_name[0] == '.')
			continue;
		strbuf_init(&path, 0);
		strbuf_printf(&path, "%s%s%s", folder, slash, entry->d_name);
		rules_find_entry(reader, path.p, entry->d_name, depth, files);
		strbuf_fini(&path);
	}
	closedir(directory);
}

static int
rules_compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* At most one byte more than the parser takes, so that it can say so. */
static int
rules_read_file(const char *path, struct strbuf *text)
{
	FILE *file = fopen(path, "re");
	char block[16384];
	size_t n;
	int result;

	if (file == NULL)
		return -1;
	while ((n = fread(block, 1, sizeof(block), file)) > 0 && !text->overflow)
		strbuf_put(text, (struct str){block, n});
	result = ferror(file) ? -1 : 0;
	fclose(file);
	return result;
}

/* One section of one file joins the same section of the others. */
static void
rules_merge_section(
    struct rules_reader *reader, struct yamldoc_node *root, const struct yamldoc_pair *pair)
{
	struct yamldoc_node *section = yamldoc_get(root, pair->key->text.p);
	struct yamldoc_pair *pairs;

	if (rules_expect(reader, pair->value, YAMLDOC_MAP, "a section") != 0) {
		reader->incomplete = true;
		return;
	}
	if (section == NULL) {
		pairs = rules_alloc(reader, root->count + 1, sizeof(pairs[0]));
		if (root->count > 0)
			memcpy(pairs, root->pairs, root->count * sizeof(pairs[0]));
		pairs[root->count++] = *pair;
		root->pairs = pairs;
		return;
	}
	pairs = rules_alloc(reader, section->count + pair->value->count, sizeof(pairs[0]));
	if (section->count > 0)
		memcpy(pairs, section->pairs, section->count * sizeof(pairs[0]));
	if (pair->value->count > 0)
		memcpy(pairs + section->count, pair->value->pairs,
		    pair->value->count * sizeof(pairs[0]));
	section->pairs = pairs;
	section->count += pair->value->count;
}

static void
rules_merge_file(struct rules_reader *reader, struct yamldoc_node *root, const char *file,
    struct str text)
{
	const struct rules_shape *shape = &rules_shape_file;
	struct yamldoc_node *tree;
	const char *name;
	size_t i, k;

	/* A byte order mark would shift the first line. */
	if (str_starts(text, "\xEF\xBB\xBF"))
		text = str_part(text, 3, text.n);
	name = diag_source(reader->diags, file, text);
	tree = yamldoc_parse(reader->arena, reader->diags, name, text);
	if (tree == NULL || rules_expect(reader, tree, YAMLDOC_MAP, "a map of sections") != 0) {
		reader->incomplete = true;
		return;
	}
	for (i = 0; i < tree->count; i++) {
		const char *names[16];
		char hint[256];

		for (k = 0; k < shape->key_count; k++) {
			names[k] = shape->keys[k].name;
			if (str_is(tree->pairs[i].key->text, names[k]))
				break;
		}
		if (k < shape->key_count)
			rules_merge_section(reader, root, &tree->pairs[i]);
		else
			diag_add(reader->diags, DIAG_ERROR, tree->pairs[i].key->place,
			    suggest(tree->pairs[i].key->text, names, k) != NULL
			        ? suggest_hint(
				      tree->pairs[i].key->text, names, k, hint, sizeof(hint))
			        : i == 0
			        ? "a file begins with a section, such as 'categories:' or "
				  "'training:'"
			        : "put two spaces before it and before what belongs to it, if it "
				  "belongs to the section above",
			    "unknown section '%.*s'", STR_ARG(tree->pairs[i].key->text));
	}
}

static int
rules_compare_entries(const void *a, const void *b)
{
	const struct yamldoc_node *const *left = a, *const *right = b;
	int order = str_cmp((*left)->text, (*right)->text);

	if (order == 0)
		order = strcmp((*left)->place.file, (*right)->place.file);
	return order;
}

/* The parser has told of doubles within one file. */
static void
rules_check_doubles(struct rules_reader *reader, const struct yamldoc_node *section)
{
	const struct yamldoc_node **keys = mem_array(section->count + 1, sizeof(keys[0]));
	size_t i;

	for (i = 0; i < section->count; i++)
		keys[i] = section->pairs[i].key;
	qsort(keys, section->count, sizeof(keys[0]), rules_compare_entries);
	for (i = 1; i < section->count; i++) {
		const struct place *first = &keys[i - 1]->place;

		if (str_eq(keys[i]->text, keys[i - 1]->text) &&
		    strcmp(keys[i]->place.file, first->file) != 0)
			diag_add(reader->diags, DIAG_ERROR, keys[i]->place, "",
			    "'%.*s' is given twice; first in %s:%u:%u", STR_ARG(keys[i]->text),
			    first->file, first->line, first->column);
	}
	free(keys);
}

static int
rules_compare_patterns(const void *a, const void *b)
{
	const struct rules_pattern *x = *(struct rules_pattern *const *)a;
	const struct rules_pattern *y = *(struct rules_pattern *const *)b;
	int order = str_cmp(x->expanded, y->expanded);

	if (order != 0)
		return order;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* Equal patterns become one number, that of the first: mentors and coaches share
 * most of theirs, and a scan that holds each once compiles several times faster.
 * all: first those of other rules, which keep their numbers, then "own". Returns how
 * many are left; all[0..) are then those, by number. */
static size_t
rules_unify_patterns(const struct rules_pattern **all, size_t others,
    struct rules_pattern **own, size_t own_count)
{
	size_t count = others + own_count, kept = others, i;
	const struct rules_pattern **sorted = mem_array(count, sizeof(sorted[0]));
	size_t *first = mem_array(count, sizeof(first[0])); /* by number, as long as all differ */

	if (count > 0)
		memcpy(sorted, all, count * sizeof(sorted[0]));
	qsort(sorted, count, sizeof(sorted[0]), rules_compare_patterns);
	for (i = 0; i < count; i++)
		first[sorted[i]->number] =
		    i > 0 && str_eq(sorted[i]->expanded, sorted[i - 1]->expanded)
		    ? first[sorted[i - 1]->number] : sorted[i]->number;
	/* A first one stands before its equals, so its new number is known by then. */
	for (i = 0; i < own_count; i++) {
		size_t equal = first[others + i];

		if (equal == others + i) {
			own[i]->number = (unsigned)kept;
			all[kept++] = own[i];
		} else
			own[i]->number = equal < others ? (unsigned)equal
							: own[equal - others]->number;
	}
	free(sorted);
	free(first);
	return kept;
}

/* The patterns' pointers, by number, into the model: behind those of the rules beside. */
static void
rules_store_patterns(struct rules_reader *reader, const struct rules *beside)
{
	struct rules *rules = reader->rules;
	size_t others = beside != NULL ? beside->pattern_count : 0, i;
	const struct rules_pattern **patterns =
	    rules_alloc(reader, others + reader->pattern_count, sizeof(patterns[0]));

	for (i = 0; i < others; i++)
		patterns[i] = beside->patterns[i];
	for (i = 0; i < reader->pattern_count; i++) {
		reader->patterns[i]->number = (unsigned)(others + i);
		patterns[others + i] = reader->patterns[i];
	}
	rules->patterns = patterns;
	rules->pattern_count =
	    rules_unify_patterns(patterns, others, reader->patterns, reader->pattern_count);
	free(reader->patterns);
	reader->patterns = NULL;
}

/* The same of the captures. */
static void
rules_store_captures(struct rules_reader *reader, const struct rules *beside)
{
	struct rules *rules = reader->rules;
	size_t others = beside != NULL ? beside->capture_count : 0, i;
	const struct rules_capture **captures =
	    rules_alloc(reader, others + reader->capture_count, sizeof(captures[0]));

	for (i = 0; i < others; i++)
		captures[i] = beside->captures[i];
	for (i = 0; i < reader->capture_count; i++) {
		reader->captures[i]->number = (unsigned)(others + i);
		captures[others + i] = reader->captures[i];
	}
	rules->captures = captures;
	rules->capture_count = others + reader->capture_count;
	free(reader->captures);
	reader->captures = NULL;
}

static void
rules_begin(struct rules_reader *reader, const char *folder, struct diag_list *diags)
{
	struct arena *arena = arena_new(0);

	*reader = (struct rules_reader){
	    .arena = arena, .diags = diags, .errors = diag_errors(diags)};
	reader->rules = rules_alloc(reader, 1, sizeof(*reader->rules));
	reader->rules->arena = arena;
	reader->folder = diag_source(diags, folder, STR(""));
}

static void
rules_end(struct rules_reader *reader, struct yamldoc_node *root)
{
	struct rules *rules = reader->rules;
	size_t i;

	for (i = 0; i < root->count; i++)
		rules_check_doubles(reader, root->pairs[i].value);
	rules_settle_likes(reader, root);
	rules_read_map(reader, &rules_shape_file, root, rules_whole(reader->folder), rules);
	rules_check(reader);
	for (i = 0; i < rules->category_count; i++)
		((struct rules_category *)rules->categories)[i].number = (unsigned)i;
}

/* Also of a folder without files: it has what the rules beside have. */
static struct rules *
rules_take(struct rules_reader *reader, const struct rules *beside)
{
	rules_store_patterns(reader, beside);
	rules_store_captures(reader, beside);
	return reader->rules;
}

struct rules *
rules_load_text(const char *file, struct str text, struct diag_list *diags)
{
	struct yamldoc_node root = {.type = YAMLDOC_MAP};
	struct rules_reader reader;

	rules_begin(&reader, file, diags);
	rules_merge_file(&reader, &root, file, text);
	rules_end(&reader, &root);
	return rules_take(&reader, NULL);
}

struct rules *
rules_load_partial(
    const char *folder, const struct rules *beside, struct diag_list *diags)
{
	struct yamldoc_node root = {.type = YAMLDOC_MAP};
	struct rules_files files = {NULL, 0, false};
	size_t errors = diag_errors(diags), i;
	struct rules_reader reader;

	rules_begin(&reader, folder, diags);
	rules_find_files(&reader, folder, 1, &files);
	if (files.count > 0)
		qsort(files.paths, files.count, sizeof(files.paths[0]), rules_compare_paths);
	else if (diag_errors(diags) == errors)
		diag_add(diags, DIAG_ERROR, rules_whole(reader.folder),
		    "give the folder that holds the *.yaml files",
		    "no *.yaml file in this folder");
	if (files.too_many)
		diag_add(diags, DIAG_ERROR, rules_whole(reader.folder), "",
		    "more than %d files of rules", RULES_FILES);
	for (i = 0; i < files.count; i++) {
		struct strbuf text;

		strbuf_init(&text, 0);
		if (rules_read_file(files.paths[i], &text) == 0) {
			rules_merge_file(&reader, &root, files.paths[i], strbuf_str(&text));
		} else {
			diag_add(diags, DIAG_ERROR,
			    rules_whole(diag_source(diags, files.paths[i], STR(""))), "",
			    "cannot be read: %s", strerror(errno));
			reader.incomplete = true;
		}
		strbuf_fini(&text);
		free(files.paths[i]);
	}
	free(files.paths);
	if (files.count > 0)
		rules_end(&reader, &root);
	return rules_take(&reader, beside);
}

struct rules *
rules_load(const char *folder, struct diag_list *diags)
{
	size_t errors = diag_errors(diags);
	struct rules *rules = rules_load_partial(folder, NULL, diags);

	if (diag_errors(diags) == errors)
		return rules;
	rules_free(rules);
	return NULL;
}
