// What a child says while it is being set up, and the answer to the command that started it.
#ifndef RUNV_STARTUP_H
#define RUNV_STARTUP_H

#include "process/process.h"

// Listens to the child's socket.
void startup_watch(struct process *process, int socket);
// Takes what the child has said so far.
void startup_read(struct process *process);
// Lets a held init go on; answers when its program runs.
void startup_release(struct container *container, struct request request);
void startup_open_streams(struct process *process);

#endif
