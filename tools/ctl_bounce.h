/* SPDX-License-Identifier: MIT */
/*
 * ctl_bounce: delivery reports (RFC 3464 in RFC 6522) about our mails. Anybody can
 * write to the address that reports come to: whatever the bytes, the answer is one
 * of four, and the most that a forger learns to do is to mute an address whose
 * unguessable Message-ID he was sent.
 */
#ifndef CTL_BOUNCE_H
#define CTL_BOUNCE_H

#include "identity.h"
#include "str.h"

enum ctl_bounce {
	CTL_BOUNCE_FAILED,  /* for good, and id says which mail */
	CTL_BOUNCE_NO_MAIL, /* for good, but not about a mail that we could name */
	CTL_BOUNCE_LATER,   /* a delay or a success: nothing to do */
	CTL_BOUNCE_NONE     /* no delivery report */
};

/* The mail is named by our part of the recipient ("local+ID@domain", what
 * triage-mail --bounce makes), else by the Message-ID of what was sent back. */
enum ctl_bounce ctl_bounce_read(struct str text, char id[IDENTITY_UUID_TEXT + 1]);

#endif
