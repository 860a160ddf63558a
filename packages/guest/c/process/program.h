// The program of a process: found by PATH, and with a HOME.
#ifndef RUNV_PROGRAM_H
#define RUNV_PROGRAM_H

#include "base/base.h"
#include "container/home.h"
#include "spec/processspec.h"

// `path` has PATH_MAX bytes.
bool find_program(const struct process_spec *spec, char *path, struct failure *failure);
// Sets HOME from the container's /etc/passwd when the environment has none.
void add_home(const struct process_spec *spec, struct home *home);
// Returns only on failure. `found` is the result of find_program(), or NULL to look now.
void run_program(const struct process_spec *spec, const char *found, struct failure *failure);

#endif
