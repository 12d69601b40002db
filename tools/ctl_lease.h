/* SPDX-License-Identifier: MIT */
/*
 * ctl_lease: the leases that "next --detach" took, kept between commands in
 * the user's state folder: $XDG_STATE_HOME/triaged, else
 * ~/.local/state/triaged. The folder is 0700, each file 0600 and written
 * aside, then renamed. One file per database and ticket; its name is a hash of
 * both, so that nothing a database says can lead elsewhere.
 *
 * What a later command acts by is the token in the file, whatever the
 * database says by then: that is what makes a lease that ran out harmless.
 */
#ifndef CTL_LEASE_H
#define CTL_LEASE_H

#include <stdbool.h>

#include "err.h"
#include "str.h"

struct ctl_lease {
	char database[128]; /* which one: its system identifier and its name */
	char agent[72];
	char ticket[40]; /* the UUID */
	char reference[16];
	char token[24];
	char ends_at[40]; /* RFC 3339, as of the last claim or renewal */
	char seen[24];    /* number of the requester's last message that was shown; 0: none */
};

/* Writes, or writes over. 0; -1 with err. */
int ctl_lease_keep(const struct ctl_lease *lease, struct err *err);
/* The lease of a ticket (reference in any case, or UUID) of that database: 1;
 * 0 none; -1 with err. */
int ctl_lease_find(
    const char *database, const char *ticket, struct ctl_lease *lease, struct err *err);
/* Forgets it; when another was written since, that one stays. */
void ctl_lease_drop(const struct ctl_lease *lease);
/* A new file in the same folder, 0600, for a text that must not be lost: a
 * descriptor, and its path in path; -1 with err. */
int ctl_lease_draft(struct strbuf *path, struct err *err);

#endif
