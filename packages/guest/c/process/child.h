// The child's side of starting a process: from the clone to the exec.
#ifndef RUNV_CHILD_H
#define RUNV_CHILD_H

#include "base/base.h"
#include "container/home.h"
#include "container/namespaces.h"
#include "spec/containerspec.h"

// In PID 1's memory, where the child reads it: it is kept until the child has its own or has died.
struct child {
    struct process_spec process;       // of an exec
    struct container_spec container;   // of an init
    bool is_init;
    struct namespaces namespaces; // of an init
    int join;      // pidfd of the init whose namespaces it enters, or -1
    int socket;    // the way to report
    int pipes[3];  // its ends of stdin, stdout, stderr; -1 with a terminal
    struct home home;
    const struct id_maps *maps; // of its container; NULL beside PID 1
};

struct child *child_make(bool is_init);
void child_free(struct child *child);
const struct process_spec *child_process(const struct child *child);
// The memory is PID 1's, which runs meanwhile: nothing here allocates, or writes other than to its stack and
// `child`.
noreturn void child_run(struct child *child);

#endif
