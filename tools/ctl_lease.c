/* SPDX-License-Identifier: MIT */
#include "ctl_lease.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "ctl_home.h"
#include "digest.h"

#define FILE_BYTES 4096
#define NAME_END ".lease"

/* The members in the file, by their names there. */
static const struct {
	const char *name;
	size_t offset, size;
} members[] = {
#define MEMBER(member)                                                                            \
	{#member, offsetof(struct ctl_lease, member), sizeof(((struct ctl_lease *)0)->member)}
	MEMBER(database), MEMBER(agent), MEMBER(ticket), MEMBER(reference), MEMBER(token),
	MEMBER(ends_at), MEMBER(seen),
#undef MEMBER
};
#define MEMBER_COUNT (sizeof(members) / sizeof(members[0]))

/* Opens the folder, made when it is missing. A path that is not absolute does
 * not count, as the XDG specification says. */
static int
lease_folder(struct strbuf *path, struct err *err)
{
	const char *state = getenv("XDG_STATE_HOME"), *home;
	struct stat stat;
	int fd;

	if (state != NULL && state[0] == '/') {
		strbuf_printf(path, "%s/triaged", state);
	} else if ((home = ctl_home()) != NULL) {
		strbuf_printf(path, "%s/.local/state/triaged", home);
	} else {
		return err_set(err, "no folder for leases: neither XDG_STATE_HOME nor HOME is set");
	}
	if (ctl_home_make_folders(path->p, err) < 0)
		return -1;
	fd = open(path->p, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, "cannot open the folder %s: %m", path->p);
	if (fstat(fd, &stat) == 0 && stat.st_uid == geteuid() &&
	    ((stat.st_mode & 07777) == 0700 || fchmod(fd, 0700) == 0))
		return fd;
	close(fd);
	return err_set(err, "the folder %s is not this user's own", path->p);
}

static void
lease_name(const struct ctl_lease *lease, char name[2 * DIGEST_BYTES + sizeof(NAME_END)])
{
	unsigned char digest[DIGEST_BYTES];
	struct digest_stream stream;

	digest_stream_init(&stream);
	digest_stream_put(&stream, lease->database, strlen(lease->database) + 1);
	digest_stream_put(&stream, lease->ticket, strlen(lease->ticket));
	digest_stream_end(&stream, digest);
	digest_hex(digest, DIGEST_BYTES, name);
	strcat(name, NAME_END);
}

static char *
lease_text(const struct ctl_lease *lease)
{
	json_t *object = json_object();
	char *text;

	for (size_t i = 0; i < MEMBER_COUNT; i++)
		json_object_set_new(object, members[i].name,
		    json_string((const char *)lease + members[i].offset));
	text = json_dumps(object, JSON_INDENT(1));
	json_decref(object);
	return text;
}

static int
lease_write(int folder, const char *aside, const char *name, const char *text)
{
	int fd = openat(folder, aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	size_t n = strlen(text);
	bool written;

	if (fd < 0)
		return -1;
	written = fchmod(fd, 0600) == 0 && write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;
	if (close(fd) < 0 || !written || renameat(folder, aside, folder, name) < 0) {
		unlinkat(folder, aside, 0);
		return -1;
	}
	return fsync(folder);
}

int
ctl_lease_keep(const struct ctl_lease *lease, struct err *err)
{
	char name[2 * DIGEST_BYTES + sizeof(NAME_END)], aside[64];
	struct strbuf path;
	char *text = NULL;
	int folder, got = -1;

	strbuf_init(&path, 0);
	folder = lease_folder(&path, err);
	if (folder >= 0) {
		lease_name(lease, name);
		snprintf(aside, sizeof(aside), ".new-%ld", (long)getpid());
		unlinkat(folder, aside, 0); /* of an earlier process that was killed */
		text = lease_text(lease);
		if (text != NULL)
			got = lease_write(folder, aside, name, text);
		if (got < 0)
			err_set(err, "cannot write the lease into %s: %m", path.p);
		close(folder);
	}
	free(text);
	strbuf_fini(&path);
	return got;
}

/* Whether the file has a lease: it must be ours, closed to others, and whole. */
static bool
lease_read(int folder, const char *name, struct ctl_lease *lease)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat stat;
	char text[FILE_BYTES];
	ssize_t n = -1;
	json_t *object;
	bool good = true;

	if (fd < 0)
		return false;
	if (fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) && stat.st_uid == geteuid() &&
	    (stat.st_mode & 077) == 0)
		n = read(fd, text, sizeof(text));
	close(fd);
	object = n > 0 ? json_loadb(text, (size_t)n, JSON_REJECT_DUPLICATES, NULL) : NULL;
	for (size_t i = 0; i < MEMBER_COUNT; i++) {
		const char *value = json_string_value(json_object_get(object, members[i].name));

		good = good && value != NULL && strlen(value) < members[i].size;
		if (good)
			strcpy((char *)lease + members[i].offset, value);
	}
	json_decref(object);
	return good;
}

/* As the database reads it: who sees O or I in a reference means 0 or 1. */
static bool
lease_is(const struct ctl_lease *lease, const char *database, const char *ticket)
{
	char spelled[sizeof(lease->reference)];
	size_t n = strlen(ticket);

	if (strcmp(lease->database, database) != 0)
		return false;
	if (strcasecmp(lease->ticket, ticket) == 0)
		return true;
	if (n >= sizeof(spelled))
		return false;
	for (size_t i = 0; i <= n; i++) {
		char c = ticket[i];

		spelled[i] = c == 'O' || c == 'o' ? '0' : strchr("IiLl", c) && c != '\0' ? '1' : c;
	}
	return strcasecmp(lease->reference, spelled) == 0;
}

int
ctl_lease_find(
    const char *database, const char *ticket, struct ctl_lease *lease, struct err *err)
{
	const struct dirent *entry;
	struct strbuf path;
	int folder, found = 0;
	DIR *list;

	strbuf_init(&path, 0);
	folder = lease_folder(&path, err);
	strbuf_fini(&path);
	if (folder < 0)
		return -1;
	list = fdopendir(folder);
	if (list == NULL) {
		close(folder);
		return err_set(err, "cannot read the folder of the leases: %m");
	}
	while (found == 0 && (entry = readdir(list)) != NULL) {
		size_t n = strlen(entry->d_name);

		if (n == 2 * DIGEST_BYTES + strlen(NAME_END) &&
		    lease_read(folder, entry->d_name, lease) && lease_is(lease, database, ticket))
			found = 1;
	}
	closedir(list);
	return found;
}

void
ctl_lease_drop(const struct ctl_lease *lease)
{
	char name[2 * DIGEST_BYTES + sizeof(NAME_END)];
	struct ctl_lease there;
	struct strbuf path;
	int folder;

	strbuf_init(&path, 0);
	folder = lease_folder(&path, NULL);
	strbuf_fini(&path);
	if (folder < 0)
		return;
	lease_name(lease, name);
	if (lease_read(folder, name, &there) && strcmp(there.token, lease->token) == 0)
		unlinkat(folder, name, 0);
	close(folder);
}

int
ctl_lease_draft(struct strbuf *path, struct err *err)
{
	int folder = lease_folder(path, err), fd;

	if (folder < 0)
		return -1;
	close(folder);
	strbuf_puts(path, "/reply-XXXXXX.txt");
	fd = mkostemps(path->p, 4, O_CLOEXEC); /* 0600 */
	if (fd < 0)
		err_set(err, "cannot make a file for the text (%s): %m", path->p);
	return fd;
}
