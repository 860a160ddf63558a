// Processes from their fork to the last byte of their output: started, answered for, reaped, reported.
#ifndef RUNV_PROCESS_H
#define RUNV_PROCESS_H

#include <sys/types.h>

#include "control.h"
#include "container.h"
#include "spec.h"

// Both answer the request by themselves, now or when the program runs.
void process_start_init(const struct container_spec *spec, struct request request);
void process_start_exec(const char *container, const struct process_spec *spec, struct request request);
// Lets a held init go on; answers when its program runs.
void process_release(struct container *container, struct request request);
bool process_signal(struct container *container, const char *id, int number, struct failure *failure);
bool process_resize(uint64_t session, unsigned short rows, unsigned short columns, struct failure *failure);
const char *process_name(const struct process *process);
pid_t process_pid(const struct process *process);
bool container_is_busy(struct container *container);
// A container that goes: its processes have ended, but their streams may go on.
void processes_forget(struct container *container);
// Reaps all that has ended.
void processes_reap(void);
// SIGKILLs everything and waits for it.
void processes_end(int milliseconds);
void processes_free(void);

#endif
