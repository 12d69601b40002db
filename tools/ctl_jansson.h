/* SPDX-License-Identifier: MIT */
/*
 * ctl_jansson: jansson beside our own JSON writer (daemon/json.h). Two names
 * exist in both, json_real and json_null; ours are meant everywhere, jansson's
 * are renamed out of the way and not to be called.
 */
#ifndef CTL_JANSSON_H
#define CTL_JANSSON_H

#define json_real jansson_real_unused
#define json_null jansson_null_unused
#include <jansson.h>
#undef json_real
#undef json_null

#endif
