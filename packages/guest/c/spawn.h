// Starts processes: the fork, and everything that must exist before it.
#ifndef RUNV_SPAWN_H
#define RUNV_SPAWN_H

#include "control.h"
#include "spec.h"

// Both answer the request by themselves, now or when the program runs.
void spawn_init(const struct container_spec *spec, struct request request);
void spawn_exec(const char *container, const struct process_spec *spec, struct request request);

#endif
