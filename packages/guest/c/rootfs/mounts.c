// The mounts of a container. A target is resolved inside the root once, and mounted on by its descriptor.
#include "rootfs/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/share.h"
#include "rootfs/copyup.h"
#include "rootfs/inroot.h"
#include "spec/mountoptions.h"

// A new mount covers the descriptor that it was made on, so its target is opened again.
static int open_mounted(int root, const char *destination, struct failure *failure) {
    int target = inroot_open(root, destination, O_PATH, 0);
    if (target < 0)
        fail_errno(failure, errno, "the mount \"%s\" after it was made", destination);
    return target;
}

static bool remount(int root, const char *destination, unsigned long how, struct failure *failure) {
    char path[FD_PATH_SIZE];
    int target = open_mounted(root, destination, failure);
    if (target < 0)
        return false;
    fd_path(target, path, sizeof path);
    int result = mount(NULL, path, NULL, how, NULL), error = errno;
    close(target);
    if (result < 0)
        return fail_errno(failure, error, "setting the options of the mount \"%s\"", destination);
    return true;
}

static int open_source(const char *source, struct failure *failure) {
    int share = open(share_volumes(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (share < 0) {
        fail_errno(failure, errno, "the share %s", share_volumes());
        return -1;
    }
    int fd = inroot_open(share, source, O_PATH, 0);
    int error = errno;
    close(share);
    if (fd < 0)
        fail_errno(failure, error, "the source \"%s\" of a bind mount", source);
    return fd;
}

static bool is_directory(int fd) {
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool mount_on(int root, const char *destination, bool directory, const char *source, const char *type,
                     unsigned long how, const char *data, struct failure *failure) {
    char path[FD_PATH_SIZE];
    int target = inroot_make(root, destination, directory);
    if (target < 0)
        return fail_errno(failure, errno, "making the mount's target \"%s\"", destination);
    fd_path(target, path, sizeof path);
    int result = mount(source, path, type, how, data), error = errno;
    close(target);
    if (result < 0)
        return fail_errno(failure, error, "mounting %s on \"%s\"", type ? type : "a bind", destination);
    return true;
}

static bool bind(int root, const struct mount_spec *spec, const struct mount_options *options,
                 struct failure *failure) {
    char path[FD_PATH_SIZE];
    int source = open_source(spec->source, failure);
    if (source < 0)
        return false;
    fd_path(source, path, sizeof path);
    bool done = mount_on(root, spec->destination, is_directory(source), path, NULL,
                         MS_BIND | (options->flags & MS_REC), NULL, failure);
    close(source);
    unsigned long changed = options->flags & ~(unsigned long)(MS_BIND | MS_REC | MS_REMOUNT | MS_SILENT);
    if (done && changed)
        done = remount(root, spec->destination, MS_REMOUNT | MS_BIND | changed, failure);
    return done;
}

// Matches "/dev", "/dev/", "//dev".
static bool is_dev(const char *destination) {
    const char *name = destination + strspn(destination, "/");
    return !strncmp(name, "dev", 3) && name[3 + strspn(name + 3, "/")] == 0;
}

// A tmpfs has the mode of the directory that it covers, unless its options name one: the kernel takes the last of two.
static void tmpfs_data(int root, const char *destination, const char *options, char *data, size_t size) {
    struct stat covered;
    int target = inroot_open(root, destination, O_PATH | O_DIRECTORY, 0);
    bool known = target >= 0 && fstat(target, &covered) == 0;
    close_fd(&target);
    if (known)
        snprintf(data, size, "mode=%04o%s%s", covered.st_mode & 07777, options[0] ? "," : "", options);
    else
        snprintf(data, size, "%s", options);
}

// A read-only tmpfs is filled first, with what it covers; /dev with its devices (mount_dev_readonly).
static bool mount_tmpfs(int root, const struct mount_spec *spec, const struct mount_options *options,
                        struct failure *failure) {
    const char *source = spec->source[0] ? spec->source : "tmpfs";
    unsigned long writable = options->flags & ~(unsigned long)MS_RDONLY;
    char data[MOUNT_DATA_SIZE + sizeof "mode=7777,"];
    int covered = -1;
    tmpfs_data(root, spec->destination, options->data, data, sizeof data);
    if (options->copy_up)
        covered = inroot_open(root, spec->destination, O_RDONLY | O_DIRECTORY, 0);
    bool done = mount_on(root, spec->destination, true, source, "tmpfs", writable, data, failure);
    if (done && covered >= 0) {
        int target = inroot_open(root, spec->destination, O_RDONLY | O_DIRECTORY, 0);
        done = target < 0 ? fail_errno(failure, errno, "opening the tmpfs \"%s\"", spec->destination)
                          : copy_up(covered, target, spec->destination, failure);
        close_fd(&target);
    }
    close_fd(&covered);
    if (done && writable != options->flags && !is_dev(spec->destination))
        done = remount(root, spec->destination, MS_REMOUNT | MS_BIND | options->flags, failure);
    return done;
}

static bool set_recursive(int root, const char *destination, const struct mount_options *options,
                          struct failure *failure) {
    struct mount_attr attributes = {.attr_set = options->recursive_set,
                                    .attr_clr = options->recursive_clear};
    int target = open_mounted(root, destination, failure);
    if (target < 0)
        return false;
    int result = mount_setattr(target, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof attributes);
    int error = errno;
    close(target);
    return result == 0 ||
           fail_errno(failure, error, "setting the recursive options of the mount \"%s\"", destination);
}

static bool mount_by_type(int root, const struct mount_spec *spec, const struct mount_options *options,
                          struct failure *failure) {
    if (!strcmp(spec->type, "bind") || (options->flags & MS_BIND))
        return bind(root, spec, options, failure);
    if (!strcmp(spec->type, "tmpfs"))
        return mount_tmpfs(root, spec, options, failure);
    if (!strcmp(spec->type, "cgroup") || !strcmp(spec->type, "cgroup2")) {
        // The guest has only the unified hierarchy, which has none of the options of version 1.
        bool done =
            mount_on(root, spec->destination, true, "cgroup", "cgroup2", options->flags, NULL, failure);
        return done || !strcmp(failure->code, "ENODEV");
    }
    const char *source = spec->source[0] ? spec->source : spec->type;
    return mount_on(root, spec->destination, true, source, spec->type, options->flags, options->data,
                    failure);
}

bool mounts_have_volume(const struct container_spec *spec) {
    for (size_t i = 0; i < spec->mount_count; i++) {
        struct mount_options options;
        struct failure ignored;
        if (!strcmp(spec->mounts[i].type, "bind") ||
            (mount_options_parse(spec->mounts[i].options, NULL, &options, &ignored) && (options.flags & MS_BIND)))
            return true;
    }
    return false;
}

static bool mount_one(int root, const struct mount_spec *spec, const struct id_maps *maps,
                      struct failure *failure) {
    struct mount_options options;
    bool done = mount_options_parse(spec->options, maps, &options, failure) &&
                mount_by_type(root, spec, &options, failure);
    if (done && (options.recursive_set || options.recursive_clear))
        done = set_recursive(root, spec->destination, &options, failure);
    if (done && options.propagation)
        done = remount(root, spec->destination, options.propagation, failure);
    return done;
}

#define TERMINALS "newinstance,ptmxmode=0666,mode=0620,gid="
enum { TTY_GROUP = 5 };

static const struct {
    const char *destination, *type, *data;
    unsigned long flags;
} standard[] = {
    {"/proc", "proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC},
    {"/dev", "tmpfs", "mode=755,size=65536k", MS_NOSUID | MS_STRICTATIME},
    {"/dev/pts", "devpts", NULL, MS_NOSUID | MS_NOEXEC},
    {"/dev/shm", "tmpfs", "mode=1777,size=65536k", MS_NOSUID | MS_NODEV | MS_NOEXEC},
    {"/dev/mqueue", "mqueue", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC},
    {"/sys", "sysfs", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY},
    {"/sys/fs/cgroup", "cgroup2", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY},
};

static bool mount_standard(int root, const struct id_maps *maps, struct failure *failure) {
    char terminals[sizeof TERMINALS + 16];
    snprintf(terminals, sizeof terminals, TERMINALS "%u", map_group(maps, TTY_GROUP));
    for (size_t i = 0; i < sizeof standard / sizeof *standard; i++) {
        const char *type = standard[i].type;
        const char *data = strcmp(type, "devpts") ? standard[i].data : terminals;
        if (mount_on(root, standard[i].destination, true, type, type, standard[i].flags, data, failure))
            continue;
        // A small kernel may lack message queues or cgroups. A host may refuse the tests to mount its cgroups.
        bool optional = !strcmp(type, "mqueue") || !strcmp(type, "cgroup2");
        if (!optional)
            return false;
    }
    return true;
}

// A /dev that is bind-mounted keeps the devices that it has.
static bool dev_is_ours(const struct container_spec *spec) {
    for (size_t i = 0; i < spec->mount_count; i++)
        if (is_dev(spec->mounts[i].destination) && !strcmp(spec->mounts[i].type, "bind"))
            return false;
    return true;
}

bool mount_dev_readonly(int root, const struct container_spec *spec, struct failure *failure) {
    for (size_t i = 0; i < spec->mount_count; i++) {
        struct mount_options options;
        const struct mount_spec *mount = &spec->mounts[i];
        if (!is_dev(mount->destination) || strcmp(mount->type, "tmpfs"))
            continue;
        if (!mount_options_parse(mount->options, NULL, &options, failure))
            return false;
        if ((options.flags & MS_RDONLY) &&
            !remount(root, mount->destination, MS_REMOUNT | MS_BIND | options.flags, failure))
            return false;
    }
    return true;
}

bool mount_all(int root, const struct container_spec *spec, const struct id_maps *maps, bool *make_dev,
               struct failure *failure) {
    *make_dev = dev_is_ours(spec);
    if (spec->standard_mounts)
        return mount_standard(root, maps, failure);
    for (size_t i = 0; i < spec->mount_count; i++)
        if (!mount_one(root, &spec->mounts[i], maps, failure))
            return false;
    return true;
}
