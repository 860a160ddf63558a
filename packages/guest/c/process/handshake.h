// The handshake with a child that starts, and the answer to the command that started it.
#ifndef RUNV_HANDSHAKE_H
#define RUNV_HANDSHAKE_H

#include "process/process.h"

// Watches the child's socket.
void handshake_watch(struct process *process, int socket);
// Handles the reports that the child has sent so far.
void handshake_read(struct process *process);
// Lets a created init go on. Answers when its program runs.
void handshake_release(struct container *container, struct request request);

#endif
