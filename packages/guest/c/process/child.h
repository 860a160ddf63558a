// The child's side of starting a process: from the clone to the exec.
#ifndef RUNV_CHILD_H
#define RUNV_CHILD_H

#include "base/base.h"
#include "container/home.h"
#include "container/namespaces.h"
#include "spec/containerspec.h"

// The child reads this in PID 1's memory, so it is kept until the child has executed its program or died.
struct child {
    struct process_spec process;     // of an exec
    struct container_spec container; // of an init
    bool is_init;
    struct namespaces namespaces; // of an init
    int join;     // pidfd of the init whose namespaces it enters, or -1
    int socket;   // its reports go there
    int pipes[3]; // its ends of stdin, stdout, stderr; -1 with a terminal
    struct home home;
    const struct id_maps *maps; // of its container; NULL beside PID 1
};

struct child *child_make(bool is_init);
void child_free(struct child *child);
const struct process_spec *child_process(const struct child *child);
// Runs in the memory of PID 1, which goes on meanwhile: it may not allocate, and writes only to its stack and `child`.
noreturn void child_run(struct child *child);

#endif
