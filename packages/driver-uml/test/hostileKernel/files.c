// The host's files: by every path and descriptor that could lead out of the jail.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "attack.h"

static char path[PATH_MAX];

static const char *in(const char *directory, const char *name) {
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static void lead_out(const struct target *target) {
    said("open a file of the host", open(target->secret, O_RDONLY));
    said("list the host's /etc", open("/etc", O_RDONLY | O_DIRECTORY));
    snprintf(path, sizeof path, "%s/../../../../../../../..%s", target->share, target->secret);
    said("the same by ..", open(path, O_RDONLY));
    said("the same by /proc/1/root", open(in("/proc/1/root", target->secret), O_RDONLY));
    said("the same by /proc/self/cwd", open(in("/proc/self/cwd/../../..", target->secret), O_RDONLY));
    said("leave a link to it", symlink(target->secret, in(target->share, "writable/link")));
    said("the same by the link", open(in(target->share, "writable/link"), O_RDONLY));
    said("list the host's processes", open("/proc/2", O_RDONLY | O_DIRECTORY));
    said("the host's kernel settings", open("/proc/sys", O_RDONLY | O_DIRECTORY));
    said("sysrq", open("/proc/sysrq-trigger", O_WRONLY));
    said("the host's control groups", open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY));
    said("a device of the host", open("/dev/mem", O_RDWR));
    said("a terminal", open("/dev/tty", O_RDWR));
    said("type on a terminal", syscall(SYS_ioctl, 0, 0x5412, "x")); // TIOCSTI
}

static void change(const struct target *target) {
    said("make a file in the share", open(in(target->share, "new"), O_CREAT | O_WRONLY, 0600));
    said("make a directory in the root", mkdir("/new", 0700));
    said("move a volume", rename(in(target->share, "writable"), "/moved"));
    said("write to a read-only volume", open(in(target->share, "readonly/file"), O_WRONLY));
    said("chmod there", chmod(in(target->share, "readonly/file"), 04777));
    said("write to the kernel's program", open("/proc/self/exe", O_WRONLY));
    said("write to its own memory by /proc", open("/proc/self/mem", O_RDWR));
    said("be spared by the OOM killer", open("/proc/self/oom_score_adj", O_WRONLY));
}

static void leave_traps(const struct target *target) {
    struct stat status;
    char *const none[] = {NULL};
    said("make a disk in a volume", mknod(in(target->share, "writable/disk"), S_IFBLK | 0666, makedev(254, 0)));
    said("open it", open(path, O_RDWR));
    int fd = open(in(target->share, "writable/su"), O_CREAT | O_WRONLY, 0755);
    said("write a program there", write(fd, "#!/bin/sh\n", 10));
    close(fd);
    said("give it to root", lchown(path, 0, 0));
    said("make it set-user-id", chmod(path, 04755));
    said("run it", execve(path, none, none));
    said("run the initrd", stat("/", &status) < 0 ? -1 : execve(in(target->share, "readonly/file"), none, none));
}

// Sockets, pipes, and no directory.
static void descriptors(void) {
    char kinds[512] = "", link[64], name[64];
    for (int fd = 0; fd < 64; fd++) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(link, name, sizeof name - 1);
        if (length <= 0)
            continue;
        name[length] = 0;
        *strchrnul(name, ':') = 0;
        const char *last = strrchr(name, '/');
        strcat(strcat(kinds, *kinds ? " " : ""), last ? last + 1 : name);
    }
    say("descriptors", kinds);
}

void attack_files(const struct target *target) {
    int fd;
    descriptors();
    lead_out(target);
    change(target);
    leave_traps(target);
    said("a handle of the share", syscall(SYS_name_to_handle_at, AT_FDCWD, target->share, NULL, NULL, 0));
    said("open by a handle", syscall(SYS_open_by_handle_at, AT_FDCWD, "", 0));
    fd = open(in(target->share, "writable"), O_RDONLY | O_DIRECTORY);
    said("freeze the host's file system", ioctl(fd, FIFREEZE, 0));
    said("chroot", chroot(target->share));
    said("chdir", chdir(target->share));
}
