// Paths inside a container's root, which never lead out of it, whatever its symlinks say.
#ifndef RUNV_INROOT_H
#define RUNV_INROOT_H

#include <sys/types.h>

#include "base/base.h"

// Opens `path` below `root` with openat2(RESOLVE_IN_ROOT); -1 and errno on failure.
int inroot_open(int root, const char *path, int flags, mode_t mode);
// Opens it with O_PATH and makes what is missing: directories, and at the end a directory or an empty file.
int inroot_make(int root, const char *path, bool directory);
// "/proc/self/fd/N" for mount(2), which takes no descriptor.
void fd_path(int fd, char *path, size_t size);
enum { FD_PATH_SIZE = 32 };

#endif
