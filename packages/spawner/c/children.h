// The programs that run, by the number that the parent has given each, and the pipes that it has not opened yet.
#ifndef RUNV_CHILDREN_H
#define RUNV_CHILDREN_H

#include "child.h"

bool children_add(unsigned long id, const struct child *child);
// The parent has opened its ends.
void children_opened(unsigned long id);
// One that has ended gets none.
void children_kill(unsigned long id, int signal);
// Reaps one that has ended: its number and how (wait(2)). False where none has.
bool children_reap(unsigned long *id, int *status);

#endif
