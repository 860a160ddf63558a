// tmpcopyup: copies what a tmpfs covers into it.
#ifndef RUNV_COPYUP_H
#define RUNV_COPYUP_H

#include "base/base.h"

// Copies one open directory to another, with owners, modes and times. `what` is the mount's name in a failure. It does
// not allocate.
bool copy_up(int from, int to, const char *what, struct failure *failure);

#endif
