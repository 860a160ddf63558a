// The pod's share, by 9p or as a directory of the host: mounted with a cache that is written back before the host reads it. The host may change a volume
// while a container uses it, so volumes have a second mount, which asks the host each time.
#include "machine/share.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOUNT_DATA "trans=virtio,version=9p2000.L,msize=262144,cache="
#define VOLUMES "/run/volumes"
#define VOLUMES_TAG "volumes_dir"

enum { MOST_KB_AT_ONCE = 1024 };

static char *mounted; // its tag, or NULL
// Kept open, because to open it again would ask the host each time.
static int root = -1;
static int volumes = -1;
static int memory = -1;

bool share_is_mounted(void) {
    return mounted;
}

bool share_is_mounted_from(const char *tag) {
    return mounted && !strcmp(mounted, tag);
}

// A User-mode Linux reaches directories of its host by their paths. The kernel's parameters that it does not know are our environment.
static const char *host_directory(const char *tag) {
    char name[96];
    snprintf(name, sizeof name, "HOSTFS_%.64s", tag);
    return getenv(name);
}

static bool mount_on(const char *path, const char *tag, const char *data, struct failure *failure) {
    if (mkdir(path, 0755) < 0 && errno != EEXIST)
        return fail_errno(failure, errno, "making %s", path);
    const char *directory = host_directory(tag);
    int result = directory ? mount(tag, path, "hostfs", 0, directory) : mount(tag, path, "9p", 0, data);
    return result == 0 || fail_errno(failure, errno, "mounting the share \"%.64s\" on %s", tag, path);
}

bool share_mount(const char *tag, struct failure *failure) {
    if (!mode.host && !mount_on(mode.share, tag, MOUNT_DATA "loose", failure))
        return false;
    mounted = copy_string(tag);
    root = open(mode.share, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    memory = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
    if (root < 0 || memory < 0)
        return fail_errno(failure, errno, "opening %s and /proc/meminfo", mode.share);
    return true;
}

bool share_mount_volumes(struct failure *failure) {
    if (mode.host || volumes >= 0)
        return true;
    if (!mount_on(VOLUMES, VOLUMES_TAG, MOUNT_DATA "mmap", failure))
        return !strcmp(failure->code, "ENOENT");
    volumes = open(VOLUMES, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return volumes >= 0 || fail_errno(failure, errno, "opening %s", VOLUMES);
}

const char *share_volumes(void) {
    return volumes >= 0 ? VOLUMES : mode.share;
}

static bool is_on(const char *path, dev_t device) {
    struct stat status;
    return stat(path, &status) == 0 && status.st_dev == device;
}

bool share_has_device(dev_t device) {
    return is_on(mode.share, device) || is_on(share_volumes(), device);
}

void share_write_back(void) {
    if (mounted && syncfs(root) < 0)
        log_line("writing %s back: %s", mode.share, strerror(errno));
    // Writes through a memory mapping are cached there too.
    if (volumes >= 0 && syncfs(volumes) < 0)
        log_line("writing %s back: %s", VOLUMES, strerror(errno));
}

// The number of kB in this line of /proc/meminfo.
static long meminfo(const char *text, const char *name) {
    const char *line = strstr(text, name);
    return line ? strtol(line + strlen(name), NULL, 10) : 0;
}

bool share_is_dirty(void) {
    char text[4096];
    ssize_t length = pread(memory, text, sizeof text - 1, 0);
    if (length < 0)
        return true;
    text[length] = 0;
    return meminfo(text, "\nDirty:") + meminfo(text, "\nWriteback:") > MOST_KB_AT_ONCE;
}

pid_t share_write_back_in_child(void) {
    pid_t pid = fork();
    if (pid < 0)
        log_line("writing %s back in a child: %s", mode.share, strerror(errno));
    if (pid == 0) {
        share_write_back();
        _exit(0);
    }
    return pid;
}

void share_forget_names(void) {
    int fd = mode.host ? -1 : open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    // The first pass only clears the mark of names that were used recently. The second one drops them.
    for (int pass = 0; pass < 2; pass++)
        if (write(fd, "2", 1) < 0)
            log_line("drop_caches: %s", strerror(errno));
    close(fd);
}

static void unmount(const char *path) {
    if (umount2(path, 0) < 0 && umount2(path, MNT_DETACH) < 0)
        log_line("unmounting %s: %s", path, strerror(errno));
}

void share_unmount(void) {
    if (!mounted)
        return;
    share_write_back();
    free(mounted);
    mounted = NULL;
    close_fd(&root);
    close_fd(&memory);
    if (volumes >= 0) {
        close_fd(&volumes);
        unmount(VOLUMES);
    }
    if (!mode.host)
        unmount(mode.share);
}
