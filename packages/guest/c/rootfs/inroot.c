// Paths inside a container's root. The kernel resolves them (openat2), so that no symlink in an image, not even one
// that changes meanwhile, leads a mount out of the root.
#include "rootfs/inroot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_LINKS = 40, TRIES = 16 };

int inroot_open(int root, const char *path, int flags, mode_t mode) {
    struct open_how how = {
        .flags = (uint64_t)(flags | O_CLOEXEC),
        .mode = flags & O_CREAT ? mode : 0,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    // The kernel gives EAGAIN when a rename at the same time makes ".." unsafe to resolve.
    for (int i = 0; i < TRIES; i++) {
        int fd = (int)syscall(SYS_openat2, root, path[0] ? path : ".", &how, sizeof how);
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
            return fd;
    }
    return -1;
}

static int make(int root, const char *path, bool directory, int links);

// For a link whose target is missing: makes the target, below the root. EINVAL when `name` is not a link.
static int make_link_target(int root, int parent, const char *parent_path, const char *name, bool directory,
                            int links) {
    char target[PATH_MAX], path[PATH_MAX * 2];
    ssize_t length = readlinkat(parent, name, target, sizeof target - 1);
    if (length < 0)
        return -1;
    target[length] = 0;
    if (links == 0) {
        errno = ELOOP;
        return -1;
    }
    if (target[0] == '/')
        return make(root, target, directory, links - 1);
    int needed = snprintf(path, sizeof path, "%s/%s", parent_path, target);
    if (needed < 0 || (size_t)needed >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return make(root, path, directory, links - 1);
}

static int make_entry(int parent, const char *name, bool directory) {
    if (directory)
        return mkdirat(parent, name, 0755);
    int fd = openat(parent, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd >= 0)
        close(fd);
    return fd < 0 ? -1 : 0;
}

// Splits off the last part, without trailing slashes. False when that is no name to make.
static bool split(const char *path, char *parent, char *name) {
    size_t end = strlen(path);
    while (end > 0 && path[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    if (end == start || end - start > NAME_MAX || start >= PATH_MAX)
        return false;
    snprintf(name, NAME_MAX + 1, "%.*s", (int)(end - start), path + start);
    snprintf(parent, PATH_MAX, "%.*s", (int)start, path);
    return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static int make(int root, const char *path, bool directory, int links) {
    int fd = inroot_open(root, path, O_PATH, 0);
    if (fd >= 0 || errno != ENOENT)
        return fd;
    char parent_path[PATH_MAX], name[NAME_MAX + 1];
    if (!split(path, parent_path, name)) {
        errno = ENOENT;
        return -1;
    }
    int parent = parent_path[0] ? make(root, parent_path, true, links) : inroot_open(root, ".", O_PATH, 0);
    if (parent < 0)
        return -1;
    int made = make_entry(parent, name, directory);
    if (made < 0 && errno == EEXIST)
        fd = make_link_target(root, parent, parent_path, name, directory, links);
    // It was made here or, when the name is not a link, by another VM with the same rootfs meanwhile.
    if (made == 0 || (fd < 0 && errno == EINVAL))
        fd = inroot_open(root, path, O_PATH, 0);
    int error = errno;
    close(parent);
    errno = error;
    return fd;
}

int inroot_make(int root, const char *path, bool directory) {
    return make(root, path, directory, MOST_LINKS);
}

void fd_path(int fd, char *path, size_t size) {
    snprintf(path, size, "/proc/self/fd/%d", fd);
}
