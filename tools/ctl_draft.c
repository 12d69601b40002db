/* SPDX-License-Identifier: MIT */
#include "ctl_draft.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl_lease.h"

#define LINE "# ---- your answer stands above; this line and all below it is not sent ----"
#define FILE_BYTES 1048576 /* what stands below the line included */

static void
draft_cut(struct strbuf *text)
{
	const char *line = text->n > 0 ? strstr(text->p, LINE) : NULL;

	if (line != NULL && (line == text->p || line[-1] == '\n')) {
		text->n = (size_t)(line - text->p);
		text->p[text->n] = '\0';
	}
}

/* Without carriage returns, and empty lines at its ends. */
static void
draft_tidy(struct strbuf *text)
{
	size_t kept = 0, start = 0;

	for (size_t i = 0; i < text->n; i++)
		if (text->p[i] != '\r' || i + 1 == text->n || text->p[i + 1] != '\n')
			text->p[kept++] = text->p[i];
	while (kept > 0 && strchr(" \t\r\n", text->p[kept - 1]) != NULL)
		kept--;
	for (size_t i = 0; i < kept && strchr(" \t\r\n", text->p[i]) != NULL; i++)
		if (text->p[i] == '\n')
			start = i + 1;
	memmove(text->p, text->p + start, kept - start);
	text->n = kept - start;
	text->p[text->n] = '\0';
}

static int
draft_check(struct strbuf *text, struct err *err)
{
	struct str whole;
	size_t line = 1;

	/* A NUL would end it for strstr() and for the database. */
	if (text->n > 0 && memchr(text->p, '\0', text->n) != NULL)
		return err_set(err, "the text has a NUL byte in it");
	if (text->n > 0) {
		draft_cut(text);
		draft_tidy(text);
	}
	if (text->n > CTL_DRAFT_BYTES)
		return err_set(err, "the text has %zu bytes, at most %d can be sent", text->n,
		    CTL_DRAFT_BYTES);
	whole = strbuf_str(text);
	for (size_t i = 0; i < whole.n;) {
		size_t n = utf8_shown(whole, i);

		line += whole.p[i] == '\n';
		if (n == 0 && whole.p[i] != '\n' && whole.p[i] != '\t')
			return err_set(err,
			    "line %zu: a control character, or no UTF-8: it cannot be sent", line);
		i += n > 0 ? n : 1;
	}
	return 0;
}

int
ctl_draft_check(struct strbuf *text, struct err *err)
{
	if (draft_check(text, err) < 0)
		return -1;
	return text->n > 0 ? 0 : err_set(err, "the text is empty");
}

static int
draft_load(const char *path, struct strbuf *text, struct err *err)
{
	bool here = strcmp(path, "-") == 0;
	int fd = here ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	char chunk[8192];
	ssize_t n;

	if (fd < 0)
		return err_set(err, "cannot read %s: %m", path);
	while ((n = read(fd, chunk, sizeof(chunk))) > 0 && text->n <= FILE_BYTES)
		strbuf_put(text, (struct str){chunk, (size_t)n});
	if (n < 0)
		err_set(err, "cannot read %s: %m", here ? "standard input" : path);
	if (!here)
		close(fd);
	if (n < 0)
		return -1;
	return text->n <= FILE_BYTES ? 0 : err_set(err, "%s is too long", path);
}

int
ctl_draft_read(const char *path, struct strbuf *text, struct err *err)
{
	return draft_load(path, text, err) < 0 ? -1 : ctl_draft_check(text, err);
}

int
ctl_draft_make(struct strbuf *path, struct str below, struct err *err)
{
	struct strbuf text;
	bool good;
	int fd = ctl_lease_draft(path, err);

	if (fd < 0)
		return -1;
	strbuf_init(&text, 0);
	strbuf_puts(&text, "\n\n" LINE "\n\n");
	strbuf_put(&text, below);
	good = write(fd, text.p, text.n) == (ssize_t)text.n;
	if (close(fd) < 0 || !good) {
		err_set(err, "cannot write %s: %m", path->p);
		unlink(path->p);
		good = false;
	}
	strbuf_fini(&text);
	return good ? 0 : -1;
}

static const char *
draft_editor(void)
{
	const char *visual = getenv("VISUAL"), *editor = getenv("EDITOR");

	if (visual != NULL && visual[0] != '\0')
		return visual;
	return editor != NULL && editor[0] != '\0' ? editor : "vi";
}

/* By a shell, as the variable may hold options; the path is a word of its own. */
pid_t
ctl_draft_edit(const char *path, struct err *err)
{
	struct strbuf command;
	sigset_t none;
	pid_t child;

	strbuf_init(&command, 0);
	strbuf_printf(&command, "%s \"$1\"", draft_editor());
	child = fork();
	if (child == 0) {
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		execl("/bin/sh", "sh", "-c", command.p, "editor", path, (char *)NULL);
		_exit(127);
	}
	strbuf_fini(&command);
	if (child < 0)
		err_set(err, "cannot start the editor: %m");
	return child;
}

int
ctl_draft_take(const char *path, struct strbuf *text, struct err *err)
{
	if (draft_load(path, text, err) < 0 || draft_check(text, err) < 0)
		return -1;
	return text->n > 0;
}
