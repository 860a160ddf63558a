// Engines copy files into a container by joining the mount namespace of its process on the host. Were that the host's
// own, they would write to the host.
#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "report.h"
#include "tree.h"

enum { MODE = 0755, FILE_MODE = 0644 };

// linux/mount.h has it, which musl has not.
enum { MOVE_EMPTY_PATH = 4 };

static int attach(int tree, const char *path) {
    return (int)syscall(SYS_move_mount, tree, "", AT_FDCWD, path, MOVE_EMPTY_PATH);
}

static void make_directories(const char *path) {
    char part[PATH_MAX];
    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        if (mkdir(part, MODE) < 0 && errno != EEXIST)
            return;
    }
}

// As the guest would make it, a moment later.
static void make_place(const char *path, int tree) {
    struct stat status;
    if (stat(path, &status) == 0 || fstatat(tree, "", &status, AT_EMPTY_PATH) < 0)
        return;
    make_directories(path);
    if (S_ISDIR(status.st_mode)) {
        if (mkdir(path, MODE) < 0)
            return;
    } else {
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, FILE_MODE);
        if (fd >= 0)
            close(fd);
    }
}

static void make_readonly(const char *path) {
    if (mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0)
        report_failure("making %.300s of the shim's mounts read-only: %s", path, strerror(errno));
}

static void attach_mount(const struct mounted *mounted, int tree) {
    make_place(mounted->destination, tree);
    if (attach(tree, mounted->destination) < 0)
        report_failure("mounting %.300s in the container's root: %s", mounted->destination, strerror(errno));
    close(tree);
    if (mounted->readonly)
        make_readonly(mounted->destination);
}

// The host's unmounts come here, and none of these go there.
static void keep_from_host(const char *path) {
    if (mount(NULL, path, NULL, MS_REC | MS_SLAVE, NULL) < 0)
        report_failure("keeping the shim's mounts from the host: %s", strerror(errno));
}

static void change_root(const char *path, int tree) {
    if (unshare(CLONE_NEWNS) < 0)
        report_failure("making a mount namespace: %s", strerror(errno));
    keep_from_host("/");
    if (attach(tree, path) < 0 || chdir(path) < 0)
        report_failure("mounting the container's root %.300s: %s", path, strerror(errno));
    close(tree);
    // A copy of a mount that is shared is shared, and no root can be put there.
    keep_from_host(".");
    if (syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0)
        report_failure("making %.300s the shim's root: %s", path, strerror(errno));
}

// Shows the shim and nobody else, because its pid namespace is its own.
static void mount_proc(void) {
    struct stat status;
    if (lstat("/proc", &status) < 0 || !S_ISDIR(status.st_mode))
        return;
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
        report_failure("mounting the shim's /proc: %s", strerror(errno));
}

void root_enter(const struct settings *settings) {
    int trees[MOST_MOUNTS];
    int tree = tree_copy(settings->root, true);
    for (int i = 0; i < settings->mount_count; i++)
        trees[i] = tree_copy(settings->mounts[i].source, true);
    change_root(settings->root, tree);
    for (int i = 0; i < settings->mount_count; i++)
        attach_mount(&settings->mounts[i], trees[i]);
    keep_from_host("/");
    if (settings->own_pids)
        mount_proc();
    if (settings->root_readonly)
        make_readonly("/");
    if (chdir("/") < 0)
        report_failure("going to the shim's /: %s", strerror(errno));
}
