// Where the daemon is, and whether it can run the command.
#ifndef RUNV_ARGUMENTS_H
#define RUNV_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

// Finds the path of the daemon's socket for launchers. False where the daemon cannot run the command, or where that is
// unclear: the daemon parses the line again, with all of the rules.
bool arguments_read(char **argv, char *socket_path, size_t size);

#endif
