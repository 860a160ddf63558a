// The mounts of a container: options turned into flags, targets resolved inside the root and mounted on by
// descriptor, so that no path is looked up twice.
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inroot.h"

enum { DATA_SIZE = 4096 };

struct options {
    unsigned long flags;
    unsigned long propagation;
    char data[DATA_SIZE];
};

static const struct {
    const char *name;
    unsigned long set, clear;
} flags[] = {
    {"defaults", 0, 0},
    {"ro", MS_RDONLY, 0},
    {"rw", 0, MS_RDONLY},
    {"nosuid", MS_NOSUID, 0},
    {"suid", 0, MS_NOSUID},
    {"nodev", MS_NODEV, 0},
    {"dev", 0, MS_NODEV},
    {"noexec", MS_NOEXEC, 0},
    {"exec", 0, MS_NOEXEC},
    {"sync", MS_SYNCHRONOUS, 0},
    {"async", 0, MS_SYNCHRONOUS},
    {"dirsync", MS_DIRSYNC, 0},
    {"mand", MS_MANDLOCK, 0},
    {"nomand", 0, MS_MANDLOCK},
    {"noatime", MS_NOATIME, 0},
    {"atime", 0, MS_NOATIME},
    {"nodiratime", MS_NODIRATIME, 0},
    {"diratime", 0, MS_NODIRATIME},
    {"relatime", MS_RELATIME, 0},
    {"norelatime", 0, MS_RELATIME},
    {"strictatime", MS_STRICTATIME, 0},
    {"nostrictatime", 0, MS_STRICTATIME},
    {"bind", MS_BIND, 0},
    {"rbind", MS_BIND | MS_REC, 0},
    {"remount", MS_REMOUNT, 0},
    {"silent", MS_SILENT, 0},
    {"loud", 0, MS_SILENT},
};

static const struct {
    const char *name;
    unsigned long flags;
} propagations[] = {
    {"private", MS_PRIVATE},       {"rprivate", MS_PRIVATE | MS_REC},
    {"shared", MS_SHARED},         {"rshared", MS_SHARED | MS_REC},
    {"slave", MS_SLAVE},           {"rslave", MS_SLAVE | MS_REC},
    {"unbindable", MS_UNBINDABLE}, {"runbindable", MS_UNBINDABLE | MS_REC},
};

static bool add_data(struct options *options, const char *option, struct failure *failure) {
    size_t length = strlen(options->data);
    int added = snprintf(options->data + length, DATA_SIZE - length, "%s%s", length ? "," : "", option);
    if (added < 0 || (size_t)added >= DATA_SIZE - length)
        return fail(failure, "INVALID", "the mount's options are longer than %d bytes", DATA_SIZE - 1);
    return true;
}

static bool add_option(struct options *options, const char *option, struct failure *failure) {
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (!strcmp(flags[i].name, option)) {
            options->flags = (options->flags & ~flags[i].clear) | flags[i].set;
            return true;
        }
    for (size_t i = 0; i < sizeof propagations / sizeof *propagations; i++)
        if (!strcmp(propagations[i].name, option)) {
            options->propagation = propagations[i].flags;
            return true;
        }
    return add_data(options, option, failure);
}

static bool parse_options(struct json_object *list, struct options *options, struct failure *failure) {
    size_t count = list ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < count; i++)
        if (!add_option(options, json_object_get_string(json_object_array_get_idx(list, i)), failure))
            return false;
    return true;
}

// A fresh mount lies on top of the descriptor that it was made on, so its flags need the target opened again.
static bool remount(int root, const char *destination, unsigned long how, struct failure *failure) {
    char path[FD_PATH_SIZE];
    int target = inroot_open(root, destination, O_PATH, 0);
    if (target < 0)
        return fail_errno(failure, errno, "the mount \"%s\" after it was made", destination);
    fd_path(target, path, sizeof path);
    int result = mount(NULL, path, NULL, how, NULL), error = errno;
    close(target);
    if (result < 0)
        return fail_errno(failure, error, "setting the options of the mount \"%s\"", destination);
    return true;
}

static int open_source(const char *source, struct failure *failure) {
    int share = open(mode.share, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (share < 0) {
        fail_errno(failure, errno, "the share %s", mode.share);
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

static bool bind(int root, const struct mount_spec *spec, const struct options *options,
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

static bool mount_one(int root, const struct mount_spec *spec, struct failure *failure) {
    struct options options = {0};
    if (!parse_options(spec->options, &options, failure))
        return false;
    bool done;
    if (!strcmp(spec->type, "bind") || (options.flags & MS_BIND)) {
        done = bind(root, spec, &options, failure);
    } else if (!strcmp(spec->type, "cgroup") || !strcmp(spec->type, "cgroup2")) {
        // The guest has the unified tree alone; the first version's options mean nothing to it.
        done = mount_on(root, spec->destination, true, "cgroup", "cgroup2", options.flags, NULL, failure);
        if (!done && !strcmp(failure->code, "ENODEV"))
            return true;
    } else {
        const char *source = spec->source[0] ? spec->source : spec->type;
        done =
            mount_on(root, spec->destination, true, source, spec->type, options.flags, options.data, failure);
    }
    if (done && options.propagation)
        done = remount(root, spec->destination, options.propagation, failure);
    return done;
}

static const struct {
    const char *destination, *type, *data;
    unsigned long flags;
} standard[] = {
    {"/proc", "proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC},
    {"/dev", "tmpfs", "mode=755,size=65536k", MS_NOSUID | MS_STRICTATIME},
    {"/dev/pts", "devpts", "newinstance,ptmxmode=0666,mode=0620,gid=5", MS_NOSUID | MS_NOEXEC},
    {"/dev/shm", "tmpfs", "mode=1777,size=65536k", MS_NOSUID | MS_NODEV | MS_NOEXEC},
    {"/dev/mqueue", "mqueue", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC},
    {"/sys", "sysfs", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY},
    {"/sys/fs/cgroup", "cgroup2", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY},
};

static bool mount_standard(int root, struct failure *failure) {
    for (size_t i = 0; i < sizeof standard / sizeof *standard; i++) {
        const char *type = standard[i].type;
        if (mount_on(root, standard[i].destination, true, type, type, standard[i].flags, standard[i].data,
                     failure))
            continue;
        // A small kernel may lack message queues or cgroups; a tests' host may not let us mount its cgroups.
        bool optional = !strcmp(type, "mqueue") || !strcmp(type, "cgroup2");
        if (!optional)
            return false;
    }
    return true;
}

// A /dev that is bound from outside is somebody's, with what it has.
static bool dev_is_ours(const struct container_spec *spec) {
    for (size_t i = 0; i < spec->mount_count; i++)
        if (!strcmp(spec->mounts[i].destination, "/dev") && !strcmp(spec->mounts[i].type, "bind"))
            return false;
    return true;
}

bool mount_all(int root, const struct container_spec *spec, bool *make_dev, struct failure *failure) {
    *make_dev = dev_is_ours(spec);
    if (spec->standard_mounts)
        return mount_standard(root, failure);
    for (size_t i = 0; i < spec->mount_count; i++)
        if (!mount_one(root, &spec->mounts[i], failure))
            return false;
    return true;
}
