// The clone of a child.
#ifndef RUNV_LAUNCH_H
#define RUNV_LAUNCH_H

#include <sys/types.h>

#include "container/container.h"
#include "process/child.h"

// Clones a child into `container` (NULL: beside PID 1), where it does child_run(). `child` must stay until it
// has executed its program or died. -1 and errno when it could not be cloned.
pid_t launch(struct container *container, struct child *child);

#endif
