// Starts one program.
#ifndef RUNV_CHILD_H
#define RUNV_CHILD_H

#include <stddef.h>
#include <sys/types.h>

#include "request.h"

struct pipe_ends {
    int ours; // which the parent opens, by /proc; -1 where the stream is no pipe
    int theirs;
};

struct child {
    pid_t pid;
    int pipe_count;
    // Both ends stay open until the parent has opened its own: it could neither open nor read one whose other end is closed.
    struct pipe_ends pipes[MOST_STREAMS];
};

// Returns when the program runs. False with a line in `reason` when it cannot; nothing is left then.
// `parent` is a pidfd of the process whose descriptors the request names.
bool child_start(struct start_request *request, int parent, struct child *child, char *reason, size_t size);
void child_close_pipes(struct child *child);

#endif
