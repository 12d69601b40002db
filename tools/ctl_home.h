/* SPDX-License-Identifier: MIT */
/*
 * ctl_home: the home folder of who calls, and folders of their own in it.
 */
#ifndef CTL_HOME_H
#define CTL_HOME_H

#include "err.h"

/* $HOME where that is absolute, else what the system's users say; NULL: none. */
const char *ctl_home(void);
/* Every folder of an absolute path, 0700 where it is made now. The path comes back as it
 * was. 0; -1 with err. */
int ctl_home_make_folders(char *path, struct err *err);

#endif
