// Reads a PROCESS from JSON, and refuses what makes no sense before anything is set up.
#include "spec/processspec.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "spec/filter.h"
#include "spec/kernelnames.h"

// More than Linux gives a process. It bounds what a message can make PID 1 allocate.
enum { MOST_LIST = 65536, LONGEST_NAME = 200 };

bool check_name(const char *name, const char *what, struct failure *failure) {
    if (name[0] && !strchr(name, '/') && strcmp(name, ".") && strcmp(name, "..") &&
        strlen(name) <= LONGEST_NAME)
        return true;
    return fail(failure, "INVALID", "%s \"%.210s\" must be one name of 1 to %d bytes without a slash", what,
                name, LONGEST_NAME);
}

bool parse_list(struct json_object *object, const char *name, struct json_object **list, size_t *count,
                struct failure *failure) {
    *count = 0;
    if (!json_array(object, name, list, failure))
        return false;
    if (*list)
        *count = json_object_array_length(*list);
    if (*count > MOST_LIST)
        return fail(failure, "INVALID", "%s has %zu entries, at most %d are allowed", name, *count,
                    MOST_LIST);
    return true;
}

static bool parse_arguments(struct json_object *object, struct process_spec *spec, struct failure *failure) {
    struct json_object *list;
    size_t count;
    if (!parse_list(object, "args", &list, &count, failure))
        return false;
    if (count == 0)
        return fail(failure, "INVALID", "args is empty: there is no program to run");
    spec->arguments = allocate((count + 1) * sizeof *spec->arguments);
    for (size_t i = 0; i < count; i++) {
        const char *text;
        if (!json_plain_text(json_object_array_get_idx(list, i), "an entry of args", &text, failure))
            return false;
        spec->arguments[i] = (char *)(uintptr_t)text;
    }
    if (!spec->arguments[0][0])
        return fail(failure, "NOCOMMAND", "exec: \"\": executable file not found in $PATH");
    return true;
}

static char *join_variable(const char *name, const char *value) {
    size_t size = strlen(name) + strlen(value) + 2;
    char *variable = allocate(size);
    snprintf(variable, size, "%s=%s", name, value);
    return variable;
}

static bool parse_environment(struct json_object *object, struct process_spec *spec,
                              struct failure *failure) {
    struct json_object *list;
    size_t count;
    if (!parse_list(object, "envs", &list, &count, failure))
        return false;
    // One more than given, for HOME, and the NULL.
    spec->environment = allocate((count + 2) * sizeof *spec->environment);
    for (size_t i = 0; i < count; i++) {
        struct json_object *entry = json_object_array_get_idx(list, i);
        const char *name, *value;
        if (!json_object_is_type(entry, json_type_object))
            return fail(failure, "INVALID", "an entry of envs must be an object with env and value");
        if (!json_text(entry, "env", NULL, &name, failure) || !json_text(entry, "value", "", &value, failure))
            return false;
        if (!name[0] || strchr(name, '='))
            return fail(failure, "INVALID", "the variable's name \"%.64s\" is empty or has a \"=\"", name);
        spec->environment[i] = join_variable(name, value);
        spec->variable_count++;
    }
    return true;
}

static bool parse_user(struct json_object *object, struct process_spec *spec, struct failure *failure) {
    struct json_object *list;
    int64_t uid, gid;
    // The largest number means "no change" to the kernel.
    if (!json_integer(object, "uid", 0, UINT32_MAX - 1, 0, &uid, failure) ||
        !json_integer(object, "gid", 0, UINT32_MAX - 1, 0, &gid, failure) ||
        !parse_list(object, "additionalGids", &list, &spec->group_count, failure))
        return false;
    spec->uid = (uid_t)uid;
    spec->gid = (gid_t)gid;
    spec->groups = allocate(spec->group_count * sizeof *spec->groups);
    for (size_t i = 0; i < spec->group_count; i++) {
        struct json_object *entry = json_object_array_get_idx(list, i);
        int64_t group = json_object_get_int64(entry);
        if (!json_object_is_type(entry, json_type_int) || group < 0 || group >= UINT32_MAX)
            return fail(failure, "INVALID",
                        "an entry of additionalGids is %.64s, it must be a group's number",
                        json_object_to_json_string(entry));
        spec->groups[i] = (gid_t)group;
    }
    return true;
}

static bool parse_capability_set(struct json_object *sets, const char *name, uint64_t *set,
                                 struct failure *failure) {
    struct json_object *list;
    size_t count;
    if (!parse_list(sets, name, &list, &count, failure))
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *capability;
        if (!json_plain_text(json_object_array_get_idx(list, i), name, &capability, failure))
            return false;
        int number = capability_number(capability);
        if (number < 0)
            return fail(failure, "INVALID", "%s: there is no capability \"%.64s\"", name, capability);
        *set |= UINT64_C(1) << number;
    }
    return true;
}

static bool parse_capabilities(struct json_object *object, struct capability_sets *sets,
                               struct failure *failure) {
    struct json_object *found;
    if (!json_nested(object, "capabilities", &found, failure))
        return false;
    if (!found)
        return true;
    sets->given = true;
    return parse_capability_set(found, "bounding", &sets->bounding, failure) &&
           parse_capability_set(found, "effective", &sets->effective, failure) &&
           parse_capability_set(found, "inheritable", &sets->inheritable, failure) &&
           parse_capability_set(found, "permitted", &sets->permitted, failure) &&
           parse_capability_set(found, "ambient", &sets->ambient, failure);
}

static bool parse_limits(struct json_object *object, struct process_spec *spec, struct failure *failure) {
    struct json_object *list;
    if (!parse_list(object, "rlimits", &list, &spec->limit_count, failure))
        return false;
    spec->limits = allocate(spec->limit_count * sizeof *spec->limits);
    for (size_t i = 0; i < spec->limit_count; i++) {
        struct json_object *entry = json_object_array_get_idx(list, i);
        const char *type;
        uint64_t soft, hard;
        if (!json_object_is_type(entry, json_type_object))
            return fail(failure, "INVALID", "an entry of rlimits must be an object with type, soft and hard");
        if (!json_text(entry, "type", NULL, &type, failure) || !json_u64(entry, "soft", 0, &soft, failure) ||
            !json_u64(entry, "hard", 0, &hard, failure))
            return false;
        spec->limits[i] = (struct limit){limit_number(type), {.rlim_cur = soft, .rlim_max = hard}};
        if (spec->limits[i].resource < 0)
            return fail(failure, "INVALID", "there is no limit \"%.64s\"", type);
        if (soft > hard)
            return fail(failure, "INVALID", "%s: the soft limit %llu is above the hard one, %llu", type,
                        (unsigned long long)soft, (unsigned long long)hard);
    }
    return true;
}

static bool parse_stdio(struct json_object *object, struct process_spec *spec, struct failure *failure) {
    int64_t rows, columns;
    if (!json_flag(object, "terminal", false, &spec->terminal, failure) ||
        !json_u64(object, "stdio", 0, &spec->stdio, failure) ||
        !json_u64(object, "stderr", 0, &spec->stderr_session, failure) ||
        !json_integer(object, "rows", 0, USHRT_MAX, 0, &rows, failure) ||
        !json_integer(object, "columns", 0, USHRT_MAX, 0, &columns, failure))
        return false;
    spec->rows = (unsigned short)rows;
    spec->columns = (unsigned short)columns;
    if (spec->terminal)
        spec->stderr_session = 0;
    if (spec->stdio == 0 || spec->stdio >> 63 || spec->stderr_session >> 63)
        return fail(failure, "INVALID",
                    "the stdio sessions %llu and %llu must be 1 to 2^63 - 1 (stderr: or 0)",
                    (unsigned long long)spec->stdio, (unsigned long long)spec->stderr_session);
    if (spec->stdio == spec->stderr_session)
        return fail(failure, "INVALID", "stdio and stderr have the same session %llu",
                    (unsigned long long)spec->stdio);
    return true;
}

bool process_spec_parse(struct json_object *object, const char *default_id, struct process_spec *spec,
                        struct failure *failure) {
    int64_t oom_score_adj, mask;
    *spec = (struct process_spec){.json = json_object_get(object)};
    if (!json_text(object, "id", default_id, &spec->id, failure))
        return false;
    if (!spec->id[0])
        spec->id = default_id;
    if (!check_name(spec->id, "the process id", failure) ||
        !json_text(object, "workdir", "/", &spec->workdir, failure) ||
        !json_flag(object, "noNewPrivileges", false, &spec->no_new_privileges, failure) ||
        !json_integer(object, "oomScoreAdj", -1000, 1000, 0, &oom_score_adj, failure) ||
        !parse_stdio(object, spec, failure) || !parse_arguments(object, spec, failure) ||
        !parse_environment(object, spec, failure) || !parse_user(object, spec, failure) ||
        !parse_capabilities(object, &spec->capabilities, failure) || !parse_limits(object, spec, failure) ||
        !scheduling_parse(object, &spec->scheduling, failure) ||
        !json_integer(object, "umask", 0, 0777, -1, &mask, failure) ||
        !json_integer(object, "personality", 0, UINT32_MAX - 1, -1, &spec->personality, failure) ||
        !filter_parse(object, &spec->filter, failure))
        return false;
    spec->umask = (int)mask;
    spec->oom_score_adj = (int)oom_score_adj;
    if (!spec->workdir[0])
        spec->workdir = "/";
    if (spec->workdir[0] != '/')
        return fail(failure, "INVALID", "the workdir \"%.200s\" must begin with a slash", spec->workdir);
    return true;
}

void process_spec_free(struct process_spec *spec) {
    for (size_t i = 0; i < spec->variable_count; i++)
        free(spec->environment[i]);
    free(spec->environment);
    free(spec->arguments);
    free(spec->groups);
    free(spec->limits);
    free(spec->filter.program);
    json_object_put(spec->json);
}
