// The directory of the daemon's socket, which the shim keeps, because its own root does not have it.
#ifndef RUNV_PLACE_H
#define RUNV_PLACE_H

#include <stdbool.h>

// Keeps the directory of this path, by a mount that leads nowhere else: whoever looks through /proc/<pid> finds no more of the
// host there. Does not return when it cannot.
void place_keep(const char *socket_path);
// The socket's path, for who is in the place: its name where the directory is kept.
const char *place_socket(const char *socket_path);
// The directory's path there.
const char *place_directory(const char *directory);
// Whether a directory is kept that has been removed: no daemon ever listens there again.
bool place_gone(void);
// Goes there, and back to the shim's own root. Both do nothing where no directory is kept.
void place_enter(void);
void place_leave(void);

#endif
