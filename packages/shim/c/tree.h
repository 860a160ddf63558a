// Copies of what is mounted somewhere. The C library does not know the call.
#ifndef RUNV_TREE_H
#define RUNV_TREE_H

#include <stdbool.h>

// A descriptor of a detached copy of the mount at this path. Does not return when it cannot.
int tree_copy(const char *path, bool with_mounts_below);

#endif
