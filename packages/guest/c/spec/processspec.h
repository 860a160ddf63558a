// What a command asks to run: a process and, for NEWCONTAINER, the container around it. Strings belong to the
// JSON object that was parsed, which a spec keeps.
#ifndef RUNV_SPEC_H
#define RUNV_SPEC_H

#include <json-c/json.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/base.h"
#include "container/userns.h"
#include "spec/filter.h"
#include "spec/hooks.h"
#include "spec/scheduling.h"

struct limit {
    int resource;
    struct rlimit value;
};

struct capability_sets {
    bool given;
    uint64_t bounding, effective, inheritable, permitted, ambient;
};

struct process_spec {
    struct json_object *json;
    const char *id, *workdir;
    bool terminal, no_new_privileges;
    uint64_t stdio, stderr_session;
    char **arguments;
    char **environment; // with room for one more, HOME
    size_t variable_count;
    uid_t uid;
    gid_t gid;
    gid_t *groups;
    size_t group_count;
    struct capability_sets capabilities;
    struct limit *limits;
    size_t limit_count;
    int oom_score_adj;
    int umask;           // -1: as it is
    int64_t personality; // -1: as it is
    struct scheduling scheduling;
    struct filter filter;
    unsigned short rows, columns;
};

struct mount_spec {
    const char *destination, *type, *source;
    struct json_object *options;
};

struct device_spec {
    const char *path;
    mode_t mode; // with its kind
    dev_t number;
    uid_t uid;
    gid_t gid;
};

struct container_spec {
    struct json_object *json;
    const char *id, *image, *rootfs, *hostname, *domainname, *device_filter;
    bool readonly, hold, standard_mounts;
    struct mount_spec *mounts;
    size_t mount_count;
    struct json_object *masked_paths, *readonly_paths; // NULL, or strings
    unsigned long propagation;                         // of the root; 0: private
    struct device_spec *devices;
    size_t device_count;
    struct json_object *sysctl, *cgroup, *shared; // NULL, or a string for each name
    struct hooks hooks;
    struct id_maps maps; // of a new user namespace; none: it has no new one
    struct process_spec process;
};

// A name that becomes one part of a path: not empty, no slash, not . or ..
bool check_name(const char *name, const char *what, struct failure *failure);
// NULL and 0 for a list that is missing.
bool parse_list(struct json_object *object, const char *name, struct json_object **list, size_t *count,
                struct failure *failure);
// NULL, or an object with nothing but strings.
bool parse_texts(struct json_object *object, const char *name, struct json_object **texts,
                 struct failure *failure);
bool process_spec_parse(struct json_object *object, const char *default_id, struct process_spec *spec,
                        struct failure *failure);
void process_spec_free(struct process_spec *spec);
bool container_spec_parse(struct json_object *object, struct container_spec *spec, struct failure *failure);
void container_spec_free(struct container_spec *spec);

#endif
