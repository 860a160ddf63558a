// A container's root: the rootfs from the share, its mounts and devices, and pivot_root into it.
#include "setup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "inroot.h"
#include "mounts.h"

static const struct {
    const char *name;
    unsigned major, minor;
} devices[] = {
    {"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0},
};

static const struct {
    const char *name, *target;
} links[] = {
    {"fd", "/proc/self/fd"},       {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"},
    {"stderr", "/proc/self/fd/2"}, {"ptmx", "pts/ptmx"},
};

static int open_rootfs(const struct container_spec *spec, struct failure *failure) {
    char path[PATH_MAX];
    int share = open(mode.share, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (share < 0) {
        fail_errno(failure, errno, "the share %s", mode.share);
        return -1;
    }
    int needed = snprintf(path, sizeof path, "%s/%s", spec->image, spec->rootfs);
    int fd = -1;
    errno = ENAMETOOLONG;
    if (needed > 0 && (size_t)needed < sizeof path)
        fd = inroot_open(share, path, O_PATH | O_DIRECTORY, 0);
    int error = errno;
    close(share);
    if (fd < 0)
        fail_errno(failure, error, "the rootfs \"%s/%s\" of container \"%s\"", spec->image, spec->rootfs,
                   spec->id);
    return fd;
}

// pivot_root wants a mount point, so the rootfs is bound on itself; opened again, it is that mount.
static int bind_rootfs(const struct container_spec *spec, struct failure *failure) {
    char path[FD_PATH_SIZE];
    int fd = open_rootfs(spec, failure);
    if (fd < 0)
        return -1;
    fd_path(fd, path, sizeof path);
    int result = mount(path, path, NULL, MS_BIND | MS_REC, NULL), error = errno;
    close(fd);
    if (result < 0) {
        fail_errno(failure, error, "binding the rootfs of container \"%s\"", spec->id);
        return -1;
    }
    return open_rootfs(spec, failure);
}

// Where mknod is not allowed, the surroundings' own device is bound in.
static bool bind_device(int root, const char *name, struct failure *failure) {
    char source[64], target[64], path[FD_PATH_SIZE];
    snprintf(source, sizeof source, "/dev/%s", name);
    snprintf(target, sizeof target, "/dev/%s", name);
    int fd = inroot_make(root, target, false);
    if (fd < 0)
        return fail_errno(failure, errno, "making %s", target);
    fd_path(fd, path, sizeof path);
    int result = mount(source, path, NULL, MS_BIND, NULL), error = errno;
    close(fd);
    return result == 0 || fail_errno(failure, error, "binding %s", target);
}

static bool make_devices(int root, struct failure *failure) {
    int dev = inroot_make(root, "/dev", true);
    if (dev < 0)
        return fail_errno(failure, errno, "making /dev");
    bool done = true;
    for (size_t i = 0; done && i < sizeof devices / sizeof *devices; i++) {
        dev_t number = makedev(devices[i].major, devices[i].minor);
        if (mknodat(dev, devices[i].name, S_IFCHR | 0666, number) == 0 || errno == EEXIST)
            continue;
        done = errno == EPERM ? bind_device(root, devices[i].name, failure)
                              : fail_errno(failure, errno, "making the device /dev/%s", devices[i].name);
    }
    for (size_t i = 0; done && i < sizeof links / sizeof *links; i++)
        if (symlinkat(links[i].target, dev, links[i].name) < 0 && errno != EEXIST)
            done = fail_errno(failure, errno, "making the link /dev/%s", links[i].name);
    close(dev);
    return done;
}

// Stacks the old root on the new one and takes it off again: no directory for it is needed in the container.
static bool change_root(int root, struct failure *failure) {
    if (fchdir(root) < 0)
        return fail_errno(failure, errno, "entering the rootfs");
    if (syscall(SYS_pivot_root, ".", ".") < 0)
        return fail_errno(failure, errno, "pivot_root");
    if (umount2(".", MNT_DETACH) < 0)
        return fail_errno(failure, errno, "leaving the old root");
    if (chdir("/") < 0)
        return fail_errno(failure, errno, "entering the new root");
    return true;
}

bool setup_root(const struct container_spec *spec, struct failure *failure) {
    bool make_dev;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return fail_errno(failure, errno, "making the mounts private");
    int root = bind_rootfs(spec, failure);
    if (root < 0)
        return false;
    mode_t mask = umask(0);
    if (!mount_all(root, spec, &make_dev, failure) || (make_dev && !make_devices(root, failure)) ||
        !change_root(root, failure))
        return false;
    umask(mask);
    close(root);
    if (spec->hostname[0] && sethostname(spec->hostname, strlen(spec->hostname)) < 0)
        return fail_errno(failure, errno, "setting the host name \"%.100s\"", spec->hostname);
    return true;
}

bool setup_readonly(const struct container_spec *spec, struct failure *failure) {
    if (!spec->readonly)
        return true;
    if (mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0)
        return fail_errno(failure, errno, "making the root read-only");
    return true;
}
