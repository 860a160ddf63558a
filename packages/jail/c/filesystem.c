#include "filesystem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "failure.h"
#include "tree.h"

static const struct tree_options OPTIONS[] = {
    [READ_ONLY] = {.recursive = true, .readonly = true, .programs = true},
    [DATA] = {.recursive = true, .readonly = true},
    [WRITABLE] = {.recursive = false},
    [SHARE] = {.readonly = true},
    // A device can be written to all the same, but not its mode.
    [DEVICE] = {.devices = true, .readonly = true},
};

static bool is_symlink(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
}

void filesystem_open(struct settings *settings) {
    for (int i = 0; i < settings->entry_count; i++) {
        struct entry *entry = &settings->entries[i];
        if (entry_is_path(entry->kind) && !(entry->kind == READ_ONLY && is_symlink(entry->path)))
            entry->fd = tree_open(entry->path, &OPTIONS[entry->kind]);
    }
}

static void make_parents(const char *path) {
    char part[PATH_MAX];
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        if (mkdir(part, 0755) < 0 && errno != EEXIST)
            fail(errno, "making /%.300s in the jail", part);
    }
}

static void make_place(const char *path, int tree) {
    struct stat status;
    if (fstatat(tree, "", &status, AT_EMPTY_PATH) < 0)
        fail(errno, "/%.300s", path);
    if (S_ISDIR(status.st_mode)) {
        if (mkdir(path, 0755) < 0 && errno != EEXIST)
            fail(errno, "making /%.300s in the jail", path);
    } else if (mknod(path, S_IFREG | 0644, 0) < 0 && errno != EEXIST)
        fail(errno, "making /%.300s in the jail", path);
}

static void attach(const char *path, int tree) {
    make_place(path, tree);
    int place = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (place < 0 || tree_attach(tree, place) < 0)
        fail(errno, "mounting /%.300s in the jail", path);
    close(place);
    close(tree);
}

static void copy_symlink(const char *path) {
    char target[PATH_MAX];
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length < 0)
        fail(errno, "reading the link %.300s", path);
    target[length] = 0;
    if (symlink(target, path + 1) < 0 && errno != EEXIST)
        fail(errno, "making the link %.300s in the jail", path);
}

// Paths are relative to the working directory, which is the new root.
static void fill(const struct settings *settings) {
    for (int i = 0; i < settings->entry_count; i++) {
        const struct entry *entry = &settings->entries[i];
        if (!entry_is_path(entry->kind))
            continue;
        make_parents(entry->path + 1);
        if (entry->fd < 0)
            copy_symlink(entry->path);
        else
            attach(entry->path + 1, entry->fd);
    }
    if (mkdir("proc", 0755) < 0 && errno != EEXIST)
        fail(errno, "making /proc in the jail");
    // The program's own processes and nothing of the kernel's settings.
    if (mount("proc", "proc", "proc", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "subset=pid") < 0)
        fail(errno, "mounting /proc in the jail");
}

static void make_readonly(void) {
    int root = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0 || tree_make_readonly(root) < 0)
        fail(errno, "making the jail's root read-only");
    close(root);
}

void filesystem_enter(const struct settings *settings) {
    // Nothing that is mounted from here on is the host's concern, and nothing of the host's is the jail's.
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        fail(errno, "keeping the jail's mounts from the host");
    if (mount("jail", settings->root, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755,size=64k") < 0)
        fail(errno, "mounting the jail's root on %.300s", settings->root);
    if (chdir(settings->root) < 0)
        fail(errno, "going to the jail's root %.300s", settings->root);
    fill(settings);
    make_readonly();
    if (syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
        fail(errno, "making %.300s the jail's root", settings->root);
}
