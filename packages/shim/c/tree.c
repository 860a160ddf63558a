#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "report.h"

// linux/mount.h has them, which musl has not.
enum { TREE_CLONE = 1, TREE_CLOEXEC = O_CLOEXEC, TREE_RECURSIVE = 0x8000 };

int tree_copy(const char *path, bool with_mounts_below) {
    int flags = TREE_CLONE | TREE_CLOEXEC | (with_mounts_below ? TREE_RECURSIVE : 0);
    int fd = (int)syscall(SYS_open_tree, AT_FDCWD, path, flags);
    if (fd < 0)
        report_failure("taking %.300s into the shim's mounts (open_tree): %s", path, strerror(errno));
    return fd;
}
