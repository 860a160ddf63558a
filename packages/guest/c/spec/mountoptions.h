// A mount's options: flags and propagation for the kernel, what runtimes add, and the file system's own data.
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
    bool copy_up;                            // a tmpfs begins with what it covers
    char data[MOUNT_DATA_SIZE];
};

// `list` is NULL or strings. A `uid=` or `gid=` among them is the container's, whose `maps` may be NULL.
bool mount_options_parse(struct json_object *list, const struct id_maps *maps, struct mount_options *options,
                         struct failure *failure);
// The flags of linux.rootfsPropagation and the like, without MS_REC; 0 for a word that is none.
unsigned long propagation_flags(const char *word);

#endif
