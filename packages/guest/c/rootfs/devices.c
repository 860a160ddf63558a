// Device nodes. On the share, which is the host's, and in a user namespace no node can be made. There a node of the
// guest's own /dev is bound into the container.
#include "rootfs/devices.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "machine/share.h"
#include "rootfs/inroot.h"

static const struct {
    const char *name;
    unsigned major, minor;
} standard[] = {
    {"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0},
};

static const struct {
    const char *name, *target;
} links[] = {
    {"fd", "/proc/self/fd"},       {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"},
    {"stderr", "/proc/self/fd/2"}, {"ptmx", "pts/ptmx"},
};

static bool bind_node(int root, const char *source, const char *target, struct failure *failure) {
    char path[FD_PATH_SIZE];
    int fd = inroot_make(root, target, false);
    if (fd < 0)
        return fail_errno(failure, errno, "making the device's place \"%.200s\"", target);
    fd_path(fd, path, sizeof path);
    int result = mount(source, path, NULL, MS_BIND, NULL), error = errno;
    close(fd);
    return result == 0 || fail_errno(failure, error, "binding the device \"%.200s\"", target);
}

static bool own(int parent, const char *name, const struct device_spec *device, const struct id_maps *maps) {
    uid_t uid = map_user(maps, device->uid);
    gid_t gid = map_group(maps, device->gid);
    // The mode is set again, because the umask may have cleared bits of it.
    return fchownat(parent, name, uid, gid, AT_SYMLINK_NOFOLLOW) == 0 &&
           fchmodat(parent, name, device->mode & MODE_BITS, 0) == 0;
}

// Makes the node in the guest's /dev, binds it, and removes its name again.
static bool make_elsewhere(int root, const struct device_spec *device, const struct id_maps *maps,
                           struct failure *failure) {
    char name[64];
    snprintf(name, sizeof name, "/dev/.runv-%d-%x-%x", (int)getpid(), major(device->number),
             minor(device->number));
    if (mknod(name, device->mode, device->number) < 0 || !own(AT_FDCWD, name, device, maps))
        return fail_errno(failure, errno, "making the device \"%.200s\"", device->path);
    bool done = bind_node(root, name, device->path, failure);
    if (unlink(name) < 0)
        log_line("removing %s: %s", name, strerror(errno));
    return done;
}

// A node there would be on the host.
static bool is_on_share(int parent) {
    struct stat status;
    return fstat(parent, &status) == 0 && share_has_device(status.st_dev);
}

static bool make_device(int root, const struct device_spec *device, const struct id_maps *maps,
                        struct failure *failure) {
    char parent_path[PATH_MAX];
    const char *name = strrchr(device->path, '/') + 1;
    snprintf(parent_path, sizeof parent_path, "%.*s", (int)(name - device->path), device->path);
    int parent = inroot_make(root, parent_path, true);
    if (parent < 0)
        return fail_errno(failure, errno, "making the directory of the device \"%.200s\"", device->path);
    bool elsewhere = is_on_share(parent);
    bool made = !elsewhere && mknodat(parent, name, device->mode, device->number) == 0;
    int error = made ? 0 : errno;
    if (made && !own(parent, name, device, maps))
        error = errno;
    close(parent);
    if (elsewhere || (!made && error == EPERM))
        return make_elsewhere(root, device, maps, failure);
    // A node that exists already stays, as with other runtimes.
    return error == 0 || error == EEXIST ||
           fail_errno(failure, error, "making the device \"%.200s\"", device->path);
}

static bool make_standard(int root, struct failure *failure) {
    int dev = inroot_make(root, "/dev", true);
    if (dev < 0)
        return fail_errno(failure, errno, "making /dev");
    bool done = true;
    for (size_t i = 0; done && i < sizeof standard / sizeof *standard; i++) {
        char path[32];
        dev_t number = makedev(standard[i].major, standard[i].minor);
        if (mknodat(dev, standard[i].name, S_IFCHR | USUAL_MODE, number) == 0 || errno == EEXIST)
            continue;
        snprintf(path, sizeof path, "/dev/%s", standard[i].name);
        done = errno == EPERM ? bind_node(root, path, path, failure)
                              : fail_errno(failure, errno, "making the device %s", path);
    }
    for (size_t i = 0; done && i < sizeof links / sizeof *links; i++)
        if (symlinkat(links[i].target, dev, links[i].name) < 0 && errno != EEXIST)
            done = fail_errno(failure, errno, "making the link /dev/%s", links[i].name);
    close(dev);
    return done;
}

bool make_devices(int root, const struct container_spec *spec, const struct id_maps *maps, bool make_dev,
                  struct failure *failure) {
    for (size_t i = 0; i < spec->device_count; i++)
        if (!make_device(root, &spec->devices[i], maps, failure))
            return false;
    return !make_dev || make_standard(root, failure);
}
