// What the command line says of the daemon, and whether the daemon may do the command.
#ifndef RUNV_ARGUMENTS_H
#define RUNV_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

// Finds the path of the daemon's socket for front-ends. False where the command is none for the daemon, or it is in doubt:
// the daemon reads the line again, with all of the rules.
bool arguments_read(char **argv, char *socket_path, size_t size);

#endif
