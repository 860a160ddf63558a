// The startContainer hooks of the runtime-spec: programs that run in the container just before its own.
#ifndef RUNV_HOOKS_H
#define RUNV_HOOKS_H

#include <json-c/json.h>

#include "base/base.h"

struct hook {
    const char *path;
    char **arguments, **environment;
    int timeout; // ms; -1: none
};

struct hooks {
    struct hook *hooks;
    size_t count;
    const char *state; // of the container, as JSON, without the pid
};

bool hooks_parse(struct json_object *container, struct hooks *hooks, struct failure *failure);
void hooks_free(struct hooks *hooks);

#endif
