// A container's root: the rootfs from the share, its mounts and devices, and pivot_root into it.
#include "rootfs/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "rootfs/devices.h"
#include "rootfs/inroot.h"
#include "rootfs/mounts.h"
#include "rootfs/paths.h"
#include "rootfs/sysctl.h"

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

// pivot_root needs a mount point, so the rootfs is bound on itself. Opened again, it is that mount.
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

// Stacks the old root on the new one and unmounts it again, so that the container needs no directory for it.
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

static bool set_names(const struct container_spec *spec, struct failure *failure) {
    if (spec->hostname[0] && sethostname(spec->hostname, strlen(spec->hostname)) < 0)
        return fail_errno(failure, errno, "setting the host name \"%.100s\"", spec->hostname);
    if (spec->domainname[0] && setdomainname(spec->domainname, strlen(spec->domainname)) < 0)
        return fail_errno(failure, errno, "setting the domain name \"%.100s\"", spec->domainname);
    return true;
}

static bool fill_root(int root, const struct container_spec *spec, const struct id_maps *maps,
                      struct failure *failure) {
    bool make_dev;
    return mount_all(root, spec, maps, &make_dev, failure) &&
           make_devices(root, spec, maps, make_dev, failure) && mount_dev_readonly(root, spec, failure) &&
           protect_paths(root, spec, failure);
}

bool setup_root(const struct container_spec *spec, const struct id_maps *maps, struct failure *failure) {
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return fail_errno(failure, errno, "making the mounts private");
    int root = bind_rootfs(spec, failure);
    if (root < 0)
        return false;
    mode_t mask = umask(0);
    // sysctl uses the guest's own /proc: the container's may be missing or protected.
    if (!set_names(spec, failure) || !sysctl_apply(spec, failure) || !fill_root(root, spec, maps, failure) ||
        !change_root(root, failure))
        return false;
    umask(mask);
    close(root);
    if (spec->propagation && mount(NULL, "/", NULL, spec->propagation, NULL) < 0)
        return fail_errno(failure, errno, "setting the propagation of the root");
    return true;
}

bool setup_readonly(const struct container_spec *spec, struct failure *failure) {
    if (!spec->readonly)
        return true;
    if (mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0)
        return fail_errno(failure, errno, "making the root read-only");
    return true;
}
