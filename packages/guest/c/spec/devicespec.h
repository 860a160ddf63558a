// The device nodes of linux.devices.
#ifndef RUNV_DEVICESPEC_H
#define RUNV_DEVICESPEC_H

#include <json-c/json.h>
#include <sys/types.h>

#include "base/base.h"

enum { MODE_BITS = 07777, USUAL_MODE = 0666 };

struct device_spec {
    const char *path;
    mode_t mode; // with the file type
    dev_t number;
    uid_t uid;
    gid_t gid;
};

// The list in the field `devices`, for free(); NULL and 0 when it is missing or empty.
bool devices_parse(struct json_object *container, struct device_spec **devices, size_t *count,
                   struct failure *failure);

#endif
