// Copies a tree recursively. A child of PID 1 runs this in PID 1's memory, so it reads directories with the system
// call itself: opendir(3) allocates.
#include "rootfs/copyup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { DEEPEST = 40, ENTRIES_SIZE = 2048, ALL_OF_IT = 0x7ffff000 };

static bool copy_directory(int from, int to, int depth);

// The mode comes after the owner, because a change of the owner clears set-user-id bits.
static bool copy_attributes(int parent, const char *name, const struct stat *status) {
    const struct timespec times[2] = {status->st_atim, status->st_mtim};
    if (fchownat(parent, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
        return false;
    if (!S_ISLNK(status->st_mode) && fchmodat(parent, name, status->st_mode & 07777, 0) < 0)
        return false;
    return utimensat(parent, name, times, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool copy_content(int from_parent, int to_parent, const char *name) {
    int from = openat(from_parent, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    int to = openat(to_parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    ssize_t count = -1;
    if (from >= 0 && to >= 0)
        while ((count = sendfile(to, from, NULL, ALL_OF_IT)) > 0) {
        }
    int error = errno;
    close_fd(&from);
    close_fd(&to);
    errno = error;
    return count == 0;
}

static bool copy_link(int from_parent, int to_parent, const char *name) {
    char target[PATH_MAX];
    ssize_t length = readlinkat(from_parent, name, target, sizeof target - 1);
    if (length < 0)
        return false;
    target[length] = 0;
    return symlinkat(target, to_parent, name) == 0;
}

static bool copy_below(int from_parent, int to_parent, const char *name, int depth) {
    if (depth == DEEPEST) {
        errno = ELOOP;
        return false;
    }
    if (mkdirat(to_parent, name, 0700) < 0)
        return false;
    int from = openat(from_parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int to = openat(to_parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool done = from >= 0 && to >= 0 && copy_directory(from, to, depth + 1);
    int error = errno;
    close_fd(&from);
    close_fd(&to);
    errno = error;
    return done;
}

static bool copy_entry(int from, int to, const char *name, int depth) {
    struct stat status;
    bool done;
    if (fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return false;
    if (S_ISDIR(status.st_mode))
        done = copy_below(from, to, name, depth);
    else if (S_ISREG(status.st_mode))
        done = copy_content(from, to, name);
    else if (S_ISLNK(status.st_mode))
        done = copy_link(from, to, name);
    else
        done = mknodat(to, name, status.st_mode, status.st_rdev) == 0;
    return done && copy_attributes(to, name, &status);
}

static bool copy_directory(int from, int to, int depth) {
    char entries[ENTRIES_SIZE] __attribute__((aligned(8)));
    for (;;) {
        long size = syscall(SYS_getdents64, from, entries, sizeof entries);
        if (size <= 0)
            return size == 0;
        for (long at = 0; at < size;) {
            const struct dirent64 *entry = (const struct dirent64 *)(const void *)(entries + at);
            at += entry->d_reclen;
            if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
                !copy_entry(from, to, entry->d_name, depth))
                return false;
        }
    }
}

bool copy_up(int from, int to, const char *what, struct failure *failure) {
    struct stat status;
    if (!copy_directory(from, to, 0))
        return fail_errno(failure, errno, "copying what is covered into the tmpfs \"%s\"", what);
    // It gets the owner and mode of the directory that it covers, whatever `mode=` says.
    if (fstat(from, &status) < 0 || fchown(to, status.st_uid, status.st_gid) < 0 ||
        fchmod(to, status.st_mode & 07777) < 0)
        return fail_errno(failure, errno, "the owner and mode of the tmpfs \"%s\"", what);
    return true;
}
