/* SPDX-License-Identifier: MIT */
/*
 * desk_write: one follow-up as the parameters of "desk_write".
 */
#ifndef DESK_WRITE_H
#define DESK_WRITE_H

#include "desk.h"
#include "pgconn.h"
#include "store_array.h"

#define DESK_WRITE_PARAMS 21

/* What parameters stand in; reused. */
struct desk_write_params {
	struct pgconn_param list[DESK_WRITE_PARAMS];
	struct strbuf fields, attachments;
	struct store_array positions, contents;
	char uuid[37], version[16], seen[24], due[32], wait[32], reply[37];
};

void desk_write_init(struct desk_write_params *params);
void desk_write_fini(struct desk_write_params *params);
/* Points into write, which stays. 0, or -1 without memory. */
int desk_write_fill(struct desk_write_params *params, const struct desk_write *write);

struct pgconn_param desk_write_text(struct str text); /* absent is NULL */
/* A time as text; text stays as long as the parameter. */
struct pgconn_param desk_write_time(int64_t ms, char text[32]);

#endif
