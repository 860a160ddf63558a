// What a command asks to run: a process and, for NEWCONTAINER, the container around it. Strings belong to the
// JSON object that was parsed and live as long as it does.
#ifndef RUNV_SPEC_H
#define RUNV_SPEC_H

#include <json-c/json.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base.h"

struct limit {
    int resource;
    struct rlimit value;
};

struct capability_sets {
    bool given;
    uint64_t bounding, effective, inheritable, permitted, ambient;
};

struct process_spec {
    const char *id, *workdir;
    bool terminal, no_new_privileges;
    uint64_t stdio, stderr_session;
    char **arguments, **environment;
    uid_t uid;
    gid_t gid;
    gid_t *groups;
    size_t group_count;
    struct capability_sets capabilities;
    struct limit *limits;
    size_t limit_count;
    int oom_score_adj;
    unsigned short rows, columns;
};

struct mount_spec {
    const char *destination, *type, *source;
    struct json_object *options;
};

struct container_spec {
    const char *id, *image, *rootfs, *hostname;
    bool readonly, hold, standard_mounts;
    struct mount_spec *mounts;
    size_t mount_count;
    struct process_spec process;
};

// A name that becomes one part of a path: not empty, no slash, not . or ..
bool check_name(const char *name, const char *what, struct failure *failure);
bool process_spec_parse(struct json_object *object, const char *default_id, struct process_spec *spec,
                        struct failure *failure);
void process_spec_free(struct process_spec *spec);
bool container_spec_parse(struct json_object *object, struct container_spec *spec, struct failure *failure);
void container_spec_free(struct container_spec *spec);

#endif
