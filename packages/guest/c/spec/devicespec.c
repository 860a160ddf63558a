// Reads linux.devices from JSON.
#include "spec/devicespec.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/json.h"

enum { MOST_DEVICES = 4096 };

static bool parse_type(const char *type, mode_t *kind, struct failure *failure) {
    if (!strcmp(type, "c") || !strcmp(type, "u"))
        *kind = S_IFCHR;
    else if (!strcmp(type, "b"))
        *kind = S_IFBLK;
    else if (!strcmp(type, "p"))
        *kind = S_IFIFO;
    else
        return fail(failure, "INVALID", "the device type \"%.20s\" must be c, u, b or p", type);
    return true;
}

static bool parse_device(struct json_object *entry, struct device_spec *device, struct failure *failure) {
    const char *type;
    mode_t kind = 0;
    int64_t major, minor, bits, uid, gid;
    if (!json_object_is_type(entry, json_type_object))
        return fail(failure, "INVALID", "an entry of devices must be an object");
    if (!json_text(entry, "path", NULL, &device->path, failure) ||
        !json_text(entry, "type", NULL, &type, failure) || !parse_type(type, &kind, failure) ||
        !json_integer(entry, "major", 0, (1 << 12) - 1, 0, &major, failure) ||
        !json_integer(entry, "minor", 0, (1 << 20) - 1, 0, &minor, failure) ||
        !json_integer(entry, "mode", 0, MODE_BITS, USUAL_MODE, &bits, failure) ||
        !json_integer(entry, "uid", 0, UINT32_MAX - 1, 0, &uid, failure) ||
        !json_integer(entry, "gid", 0, UINT32_MAX - 1, 0, &gid, failure))
        return false;
    device->mode = kind | (mode_t)bits;
    device->number = kind == S_IFIFO ? 0 : makedev((unsigned)major, (unsigned)minor);
    device->uid = (uid_t)uid;
    device->gid = (gid_t)gid;
    size_t length = strlen(device->path);
    if (device->path[0] != '/' || device->path[length - 1] == '/' || length >= PATH_MAX)
        return fail(failure, "INVALID", "the device's path \"%.200s\" must be absolute, and of a file",
                    device->path);
    return true;
}

bool devices_parse(struct json_object *container, struct device_spec **devices, size_t *count,
                   struct failure *failure) {
    struct json_object *list;
    *devices = NULL;
    *count = 0;
    if (!json_array(container, "devices", &list, failure))
        return false;
    size_t length = list ? json_object_array_length(list) : 0;
    if (length > MOST_DEVICES)
        return fail(failure, "INVALID", "devices has %zu entries, at most %d are allowed", length,
                    MOST_DEVICES);
    if (length == 0)
        return true;
    *devices = allocate(length * sizeof **devices);
    *count = length;
    for (size_t i = 0; i < length; i++)
        if (!parse_device(json_object_array_get_idx(list, i), &(*devices)[i], failure))
            return false;
    return true;
}
