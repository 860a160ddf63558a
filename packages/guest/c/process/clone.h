// The clone of a child process.
#ifndef RUNV_CLONE_H
#define RUNV_CLONE_H

#include <sys/types.h>

#include "container/container.h"
#include "process/child.h"

// Clones a child into `container` (NULL: beside PID 1), which calls child_run() there. `child` must stay until the
// child has executed its program or died. Gives -1 and errno when the clone fails.
pid_t clone_child(struct container *container, struct child *child);

#endif
