// The process that a command asks to run. The parsed JSON object owns its strings; the spec keeps it.
#ifndef RUNV_PROCESSSPEC_H
#define RUNV_PROCESSSPEC_H

#include <json-c/json.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/base.h"
#include "spec/filter.h"
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
    char **environment; // with room for HOME
    size_t variable_count;
    uid_t uid;
    gid_t gid;
    gid_t *groups;
    size_t group_count;
    struct capability_sets capabilities;
    struct limit *limits;
    size_t limit_count;
    int oom_score_adj;
    int umask;           // -1: unchanged
    int64_t personality; // -1: unchanged
    struct scheduling scheduling;
    struct filter filter;
    unsigned short rows, columns;
};

// Checks a name that becomes one part of a path: not empty, without a slash, not . or ..
bool check_name(const char *name, const char *what, struct failure *failure);
// Gives NULL and 0 for a missing list.
bool parse_list(struct json_object *object, const char *name, struct json_object **list, size_t *count,
                struct failure *failure);
bool process_spec_parse(struct json_object *object, const char *default_id, struct process_spec *spec,
                        struct failure *failure);
void process_spec_free(struct process_spec *spec);

#endif
