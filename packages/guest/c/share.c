// The pod's 9p export, mounted with a cache that is written back before the host may look.
#include "share.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOUNT_DATA "trans=virtio,version=9p2000.L,msize=262144,cache=loose"

enum { MOST_KB_AT_ONCE = 1024 };

static bool mounted;

bool share_is_mounted(void) {
    return mounted;
}

bool share_mount(const char *tag, struct failure *failure) {
    if (!mode.host) {
        if (mkdir(mode.share, 0755) < 0 && errno != EEXIST)
            return fail_errno(failure, errno, "making %s", mode.share);
        if (mount(tag, mode.share, "9p", 0, MOUNT_DATA) < 0)
            return fail_errno(failure, errno, "mounting the 9p export \"%.64s\" on %s", tag, mode.share);
    }
    mounted = true;
    return true;
}

void share_write_back(void) {
    int fd = mounted ? open(mode.share, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    if (syncfs(fd) < 0)
        log_line("writing %s back: %s", mode.share, strerror(errno));
    close(fd);
}

// How many kB of this line of /proc/meminfo.
static long meminfo(const char *text, const char *name) {
    const char *line = strstr(text, name);
    return line ? strtol(line + strlen(name), NULL, 10) : 0;
}

bool share_is_dirty(void) {
    char text[4096];
    int fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    close_fd(&fd);
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
    if (write(fd, "2", 1) < 0)
        log_line("drop_caches: %s", strerror(errno));
    close(fd);
}

void share_unmount(void) {
    if (!mounted)
        return;
    share_write_back();
    mounted = false;
    if (!mode.host && umount2(mode.share, 0) < 0 && umount2(mode.share, MNT_DETACH) < 0)
        log_line("unmounting %s: %s", mode.share, strerror(errno));
}
