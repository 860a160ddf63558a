// linux.seccomp: the program that the host has compiled.
#ifndef RUNV_FILTER_H
#define RUNV_FILTER_H

#include <json-c/json.h>

#include "base/base.h"

struct filter {
    uint8_t *program; // struct sock_filter each; NULL: none
    size_t size;      // bytes
    unsigned flags;   // SECCOMP_FILTER_FLAG_*
};

bool filter_parse(struct json_object *process, struct filter *filter, struct failure *failure);
bool filter_apply(const struct filter *filter, struct failure *failure);

#endif
