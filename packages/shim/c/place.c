#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "report.h"
#include "tree.h"

// linux/mount.h has it, which musl has not.
enum { ATTR_RDONLY = 1 };
#ifndef SYS_mount_setattr
enum { SYS_mount_setattr = 442 };
#endif

static int kept = -1;

void place_keep(const char *socket_path) {
    char directory[PATH_MAX];
    const char *slash = strrchr(socket_path, '/');
    snprintf(directory, sizeof directory, "%.*s", slash == socket_path ? 1 : (int)(slash - socket_path), socket_path);
    kept = tree_copy(directory, false);
    // A kernel before 5.12 does not know the call: the directory has nothing but the socket all the same.
    const struct {
        uint64_t set, clear, propagation, userns;
    } attributes = {.set = ATTR_RDONLY};
    if (syscall(SYS_mount_setattr, kept, "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0 && errno != ENOSYS)
        report_failure("making %.300s read-only for the shim: %s", directory, strerror(errno));
}

const char *place_socket(const char *socket_path) {
    return kept < 0 ? socket_path : strrchr(socket_path, '/') + 1;
}

const char *place_directory(const char *directory) {
    return kept < 0 ? directory : ".";
}

bool place_gone(void) {
    struct stat status;
    return kept >= 0 && fstat(kept, &status) == 0 && status.st_nlink == 0;
}

// Where this fails, the shim does not find the socket, and tries again.
static void go(int result) {
    (void)result;
}

void place_enter(void) {
    if (kept >= 0)
        go(fchdir(kept));
}

void place_leave(void) {
    if (kept >= 0)
        go(chdir("/"));
}
