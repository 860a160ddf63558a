// The JavaScript entry beside this program, for Node.
#ifndef RUNV_BIN_H
#define RUNV_BIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdnoreturn.h>

// The path of bin.js. False: /proc does not tell the path of this program.
bool bin_path(char *path, size_t size);
// Becomes Node.
noreturn void bin_run(char **argv);

#endif
