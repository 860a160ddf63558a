// Paths inside a container's root. No symlink leads out of it.
#ifndef RUNV_INROOT_H
#define RUNV_INROOT_H

#include <sys/types.h>

#include "base/base.h"

// Opens `path` below `root` with openat2(RESOLVE_IN_ROOT). Gives -1 and errno on failure.
int inroot_open(int root, const char *path, int flags, mode_t mode);
// Opens it with O_PATH, and makes what is missing: directories, and last a directory or an empty file.
int inroot_make(int root, const char *path, bool directory);
// "/proc/self/fd/N" for mount(2), which takes no descriptor.
void fd_path(int fd, char *path, size_t size);
enum { FD_PATH_SIZE = 32 };

#endif
