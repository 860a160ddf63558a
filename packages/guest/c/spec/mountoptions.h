// A mount's options: the kernel's flags and propagation, the options of runtimes, and the data for the file system.
#ifndef RUNV_MOUNTOPTIONS_H
#define RUNV_MOUNTOPTIONS_H

#include <json-c/json.h>

#include "base/base.h"
#include "spec/idmap.h"

enum { MOUNT_DATA_SIZE = 4096 };

struct mount_options {
    unsigned long flags;
    unsigned long propagation;
    uint64_t recursive_set, recursive_clear; // MOUNT_ATTR_*, of the mount and all below it
    bool copy_up;                            // a tmpfs begins with a copy of what it covers
    char data[MOUNT_DATA_SIZE];
};

// `list` is NULL or strings. `maps` may be NULL; it translates the container's ids in `uid=` and `gid=`.
bool mount_options_parse(struct json_object *list, const struct id_maps *maps, struct mount_options *options,
                         struct failure *failure);
// The flags of a propagation such as linux.rootfsPropagation, without MS_REC; 0 for an unknown word.
unsigned long propagation_flags(const char *word);

#endif
