// Starts processes: makes what must exist before the clone, and clones.
#ifndef RUNV_SPAWN_H
#define RUNV_SPAWN_H

#include "channel/control.h"
#include "process/child.h"

// Both take the child. Both answer the request, now or when the program runs.
void spawn_init(struct child *child, struct request request);
void spawn_exec(const char *container, struct child *child, struct request request);

#endif
