// The child's side of starting a process: from the fork to the exec.
#ifndef RUNV_CHILD_H
#define RUNV_CHILD_H

#include "base.h"
#include "spec.h"

struct child {
    const struct process_spec *process;
    const struct container_spec *container; // NULL: joins one, or runs beside PID 1
    int join;                               // pidfd of the init whose namespaces it enters, or -1
    int socket;                             // the way to report
    int pipes[3];                           // its ends of stdin, stdout, stderr; -1 with a terminal
};

noreturn void child_run(const struct child *child);

#endif
