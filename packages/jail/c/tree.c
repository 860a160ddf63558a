#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "failure.h"

// linux/mount.h has them, which musl has not.
enum { CLONE = 1, RECURSIVE = 0x8000, FROM_EMPTY_PATH = 4, TO_EMPTY_PATH = 0x40 };
enum { ATTR_RDONLY = 1, ATTR_NOSUID = 2, ATTR_NODEV = 4, ATTR_NOEXEC = 8 };
enum { OPEN_CLOEXEC = 1, SET_FLAG = 0, SET_STRING = 1, CREATE = 6 };
#ifndef SYS_mount_setattr
enum { SYS_mount_setattr = 442 };
#endif

struct attributes {
    uint64_t set, clear, propagation, userns;
};

static int set_attributes(int tree, bool recursive, const struct attributes *attributes) {
    unsigned flags = AT_EMPTY_PATH | (recursive ? RECURSIVE : 0);
    return (int)syscall(SYS_mount_setattr, tree, "", flags, attributes, sizeof *attributes);
}

static int try_open(const char *path, const struct tree_options *options) {
    int tree = (int)syscall(SYS_open_tree, AT_FDCWD, path, CLONE | O_CLOEXEC | (options->recursive ? RECURSIVE : 0));
    if (tree < 0)
        return -1;
    const struct attributes attributes = {
        .set = ATTR_NOSUID | (options->readonly ? ATTR_RDONLY : 0) | (options->devices ? 0 : ATTR_NODEV) |
               (options->programs ? 0 : ATTR_NOEXEC),
        // A copy of a shared mount is shared: what is attached to it would appear on the host.
        .propagation = options->follow ? MS_SLAVE : MS_PRIVATE,
    };
    if (set_attributes(tree, options->recursive, &attributes) == 0)
        return tree;
    int error = errno;
    close(tree);
    errno = error;
    return -1;
}

int tree_open(const char *path, const struct tree_options *options) {
    int tree = try_open(path, options);
    if (tree < 0)
        fail(errno, errno == ENOSYS ? "copying the mount at %.300s needs Linux 5.12" : "copying the mount at %.300s", path);
    return tree;
}

// One word of the options, which is changed.
static int set_option(int context, char *word) {
    char *value = strchr(word, '=');
    if (!value)
        return (int)syscall(SYS_fsconfig, context, SET_FLAG, word, NULL, 0);
    *value = 0;
    return (int)syscall(SYS_fsconfig, context, SET_STRING, word, value + 1, 0);
}

int tree_overlay(const char *options, bool readonly) {
    char *copy = strdup(options), *rest = copy, *word;
    int context = copy ? (int)syscall(SYS_fsopen, "overlay", OPEN_CLOEXEC) : -1;
    bool done = context >= 0;
    while (done && (word = strsep(&rest, ",")))
        done = !*word || set_option(context, word) == 0;
    done = done && syscall(SYS_fsconfig, context, CREATE, NULL, NULL, 0) == 0;
    const unsigned attributes = ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC | (readonly ? ATTR_RDONLY : 0);
    int tree = done ? (int)syscall(SYS_fsmount, context, OPEN_CLOEXEC, attributes) : -1;
    if (tree < 0)
        fail(errno, "making the overlay \"%.300s\"", options);
    close(context);
    free(copy);
    return tree;
}

int tree_attach(int tree, int place) {
    return (int)syscall(SYS_move_mount, tree, "", place, "", FROM_EMPTY_PATH | TO_EMPTY_PATH);
}

int tree_make_readonly(int fd) {
    const struct attributes attributes = {.set = ATTR_RDONLY};
    return set_attributes(fd, false, &attributes);
}
