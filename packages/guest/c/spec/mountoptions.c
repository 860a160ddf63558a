// A mount's options by their names in mount(8) and the runtime-spec. An unknown option is passed to the file system.
#include "spec/mountoptions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif
#ifndef MS_LAZYTIME
#define MS_LAZYTIME (1 << 25)
#endif

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
    {"iversion", MS_I_VERSION, 0},
    {"noiversion", 0, MS_I_VERSION},
    {"lazytime", MS_LAZYTIME, 0},
    {"nolazytime", 0, MS_LAZYTIME},
    {"acl", MS_POSIXACL, 0},
    {"noacl", 0, MS_POSIXACL},
    {"nosymfollow", MS_NOSYMFOLLOW, 0},
    {"symfollow", 0, MS_NOSYMFOLLOW},
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
    {"private", MS_PRIVATE},
    {"shared", MS_SHARED},
    {"slave", MS_SLAVE},
    {"unbindable", MS_UNBINDABLE},
};

// An option of these and its opposite set and clear the same bits, of the mount and of every mount below it.
static const struct {
    const char *name;
    uint64_t set, clear;
} recursive[] = {
    {"rro", MOUNT_ATTR_RDONLY, 0},
    {"rrw", 0, MOUNT_ATTR_RDONLY},
    {"rnosuid", MOUNT_ATTR_NOSUID, 0},
    {"rsuid", 0, MOUNT_ATTR_NOSUID},
    {"rnodev", MOUNT_ATTR_NODEV, 0},
    {"rdev", 0, MOUNT_ATTR_NODEV},
    {"rnoexec", MOUNT_ATTR_NOEXEC, 0},
    {"rexec", 0, MOUNT_ATTR_NOEXEC},
    {"rnodiratime", MOUNT_ATTR_NODIRATIME, 0},
    {"rdiratime", 0, MOUNT_ATTR_NODIRATIME},
    {"rnosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0},
    {"rsymfollow", 0, MOUNT_ATTR_NOSYMFOLLOW},
    // Access times are one field with three values.
    {"rrelatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"rnorelatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
    {"rnoatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME},
    {"ratime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"rstrictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
    {"rnostrictatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
};

static bool add_data(struct mount_options *options, const char *option, struct failure *failure) {
    size_t length = strlen(options->data);
    int added =
        snprintf(options->data + length, MOUNT_DATA_SIZE - length, "%s%s", length ? "," : "", option);
    if (added < 0 || (size_t)added >= MOUNT_DATA_SIZE - length)
        return fail(failure, "INVALID", "the mount's options are longer than %d bytes", MOUNT_DATA_SIZE - 1);
    return true;
}

static bool add_flag(struct mount_options *options, const char *option) {
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (!strcmp(flags[i].name, option)) {
            options->flags = (options->flags & ~flags[i].clear) | flags[i].set;
            return true;
        }
    return false;
}

static bool add_recursive(struct mount_options *options, const char *option) {
    for (size_t i = 0; i < sizeof recursive / sizeof *recursive; i++)
        if (!strcmp(recursive[i].name, option)) {
            options->recursive_set = (options->recursive_set & ~recursive[i].clear) | recursive[i].set;
            options->recursive_clear = (options->recursive_clear & ~recursive[i].set) | recursive[i].clear;
            return true;
        }
    return false;
}

unsigned long propagation_flags(const char *word) {
    for (size_t i = 0; i < sizeof propagations / sizeof *propagations; i++)
        if (!strcmp(propagations[i].name, word))
            return propagations[i].flags;
    return 0;
}

static bool add_propagation(struct mount_options *options, const char *option) {
    unsigned long found = propagation_flags(option);
    if (!found && option[0] == 'r' && (found = propagation_flags(option + 1)) != 0)
        found |= MS_REC;
    if (found)
        options->propagation = found;
    return found;
}

// The guest's root mounts the file system, which takes the number as an id of the guest.
static bool add_owner(struct mount_options *options, const char *option, const struct id_maps *maps,
                      struct failure *failure) {
    char mapped[32], *end;
    unsigned long inside = strtoul(option + 4, &end, 10);
    uint32_t outside = (uint32_t)-1;
    if (option[4] && !*end && inside < UINT32_MAX)
        outside = option[0] == 'u' ? map_user(maps, (uint32_t)inside) : map_group(maps, (uint32_t)inside);
    if (outside == (uint32_t)-1)
        return fail(failure, "INVALID", "the mount's option \"%.60s\" has no place in the user namespace", option);
    snprintf(mapped, sizeof mapped, "%.4s%u", option, outside);
    return add_data(options, mapped, failure);
}

static bool add_option(struct mount_options *options, const struct id_maps *maps, const char *option,
                       struct failure *failure) {
    if (add_flag(options, option) || add_propagation(options, option) || add_recursive(options, option))
        return true;
    if (!strcmp(option, "tmpcopyup")) {
        options->copy_up = true;
        return true;
    }
    if (id_maps_any(maps) && (!strncmp(option, "uid=", 4) || !strncmp(option, "gid=", 4)))
        return add_owner(options, option, maps, failure);
    return add_data(options, option, failure);
}

bool mount_options_parse(struct json_object *list, const struct id_maps *maps, struct mount_options *options,
                         struct failure *failure) {
    *options = (struct mount_options){0};
    size_t count = list ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < count; i++)
        if (!add_option(options, maps, json_object_get_string(json_object_array_get_idx(list, i)), failure))
            return false;
    return true;
}
