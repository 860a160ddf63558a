// HOME, as in the container's /etc/passwd.
#ifndef RUNV_HOME_H
#define RUNV_HOME_H

#include <limits.h>
#include <sys/types.h>
#include <time.h>

#include "base/base.h"

// The result of the last lookup, and the file that it came from.
struct home {
    bool known;
    uid_t uid;
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified, changed;
    char variable[PATH_MAX]; // HOME=...
};

// Reads the file unless it and the user are those of the last time. In the child: no memory is allocated.
void home_find(struct home *home, uid_t uid);

#endif
