#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arguments.h"
#include "failure.h"
#include "tree.h"

enum { NAMESPACE = 3, SOURCES = 4, MOST_CHANGES = 1024 };

// linux/openat2.h has them, which musl has not.
enum { RESOLVE_NO_MAGICLINKS = 2, RESOLVE_NO_SYMLINKS = 4 };
#ifndef SYS_openat2
enum { SYS_openat2 = 437 };
#endif

struct change {
    const char *source; // NULL: what is mounted at the place is detached
    const char *place;
    int tree;
};

static struct change changes[MOST_CHANGES];
static int count;

static bool is_readonly(const char *word) {
    if (strcmp(word, "ro") != 0 && strcmp(word, "rw") != 0)
        fail(0, "a bind is ro or rw, not \"%.100s\"", word);
    return strcmp(word, "ro") == 0;
}

static void read_change(struct arguments *arguments, const char *command) {
    struct change *change = &changes[count++];
    bool follow = strcmp(command, "follow") == 0, recursive = follow || strcmp(command, "rbind") == 0;
    if (recursive || strcmp(command, "bind") == 0) {
        bool readonly = is_readonly(argument_value(arguments, command));
        change->source = argument_path(arguments, command);
        change->tree = tree_open(change->source, &(struct tree_options){.recursive = recursive, .readonly = readonly, .follow = follow});
    } else if (strcmp(command, "overlay") == 0) {
        bool readonly = is_readonly(argument_value(arguments, command));
        change->source = argument_value(arguments, command);
        change->tree = tree_overlay(change->source, readonly);
    } else if (strcmp(command, "unbind") != 0)
        fail(0, "unknown change \"%.100s\"", command);
    change->place = argument_path(arguments, command);
}

static int open_place(const char *path, int flags) {
    const struct {
        uint64_t flags, mode, resolve;
    } how = {O_PATH | O_CLOEXEC | (uint64_t)flags, 0, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
}

static int attach(const struct change *change) {
    int place = open_place(change->place, O_NOFOLLOW);
    if (place < 0)
        return -1;
    int result = tree_attach(change->tree, place), error = errno;
    close(place);
    errno = error;
    return result;
}

// By its name in its directory, because umount2 takes no descriptor.
static int go_to_parent(const char *path, const char **name) {
    char parent[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t length = slash == path ? 1 : (size_t)(slash - path);
    if (length >= sizeof parent) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(parent, path, length);
    parent[length] = 0;
    *name = slash + 1;
    int fd = open_place(parent, O_DIRECTORY);
    if (fd < 0)
        return -1;
    int result = fchdir(fd), error = errno;
    close(fd);
    errno = error;
    return result;
}

// Lazily, because the program may have a file of it open.
static int detach_once(const struct change *change) {
    const char *name;
    return go_to_parent(change->place, &name) < 0 ? -1 : umount2(name, MNT_DETACH | UMOUNT_NOFOLLOW);
}

// All that is stacked there.
static int detach(const struct change *change) {
    while (detach_once(change) == 0)
        continue;
    // EINVAL: no mount any more; ENOENT: its place is gone, and the mount with it.
    return errno == EINVAL || errno == ENOENT ? 0 : -1;
}

static noreturn void undo(int done, int error) {
    const struct change *failed = &changes[done];
    while (done-- > 0)
        if (changes[done].source)
            detach_once(&changes[done]);
    if (failed->source)
        fail(error, "mounting %.300s at %.300s", failed->source, failed->place);
    fail(error, "unmounting %.300s", failed->place);
}

noreturn void mounts(char **words) {
    struct arguments arguments = {words};
    const char *command;
    if (words[0] && strcmp(words[0], "from") == 0) {
        argument_next(&arguments);
        if (setns(SOURCES, CLONE_NEWNS) < 0)
            fail(errno, "joining the mount namespace on descriptor %d", SOURCES);
    }
    while ((command = argument_next(&arguments))) {
        if (count == MOST_CHANGES)
            fail(0, "more than %d changes", MOST_CHANGES);
        read_change(&arguments, command);
    }
    if (setns(NAMESPACE, CLONE_NEWNS) < 0)
        fail(errno, "joining the mount namespace on descriptor %d", NAMESPACE);
    for (int i = 0; i < count; i++)
        if ((changes[i].source ? attach(&changes[i]) : detach(&changes[i])) < 0)
            undo(i, errno);
    _exit(0);
}
