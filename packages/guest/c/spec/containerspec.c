// Reads a NEWCONTAINER from JSON, and refuses what makes no sense before anything is set up.
#include "spec/containerspec.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "spec/mountoptions.h"

static bool parse_mount(struct json_object *entry, struct mount_spec *mount, struct failure *failure) {
    if (!json_object_is_type(entry, json_type_object))
        return fail(failure, "INVALID", "an entry of mounts must be an object");
    if (!json_text(entry, "destination", NULL, &mount->destination, failure) ||
        !json_text(entry, "type", "bind", &mount->type, failure) ||
        !json_text(entry, "source", "", &mount->source, failure) ||
        !json_array(entry, "options", &mount->options, failure))
        return false;
    if (mount->destination[0] != '/')
        return fail(failure, "INVALID", "the mount's destination \"%.200s\" must begin with a slash",
                    mount->destination);
    size_t count = mount->options ? json_object_array_length(mount->options) : 0;
    for (size_t i = 0; i < count; i++) {
        const char *option;
        if (!json_plain_text(json_object_array_get_idx(mount->options, i), "a mount's option", &option,
                             failure))
            return false;
    }
    return true;
}

static bool parse_mounts(struct json_object *object, struct container_spec *spec, struct failure *failure) {
    struct json_object *list;
    if (!parse_list(object, "mounts", &list, &spec->mount_count, failure))
        return false;
    spec->standard_mounts = list == NULL;
    spec->mounts = allocate(spec->mount_count * sizeof *spec->mounts);
    for (size_t i = 0; i < spec->mount_count; i++)
        if (!parse_mount(json_object_array_get_idx(list, i), &spec->mounts[i], failure))
            return false;
    return true;
}

static bool parse_strings(struct json_object *object, const char *name, struct json_object **list,
                          struct failure *failure) {
    size_t count;
    if (!parse_list(object, name, list, &count, failure))
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *text;
        if (!json_plain_text(json_object_array_get_idx(*list, i), name, &text, failure))
            return false;
    }
    return true;
}

bool parse_texts(struct json_object *object, const char *name, struct json_object **texts,
                 struct failure *failure) {
    if (!json_nested(object, name, texts, failure))
        return false;
    if (!*texts)
        return true;
    json_object_object_foreach(*texts, key, value) {
        const char *text;
        if (!json_plain_text(value, key, &text, failure))
            return false;
    }
    return true;
}

static bool parse_propagation(struct json_object *object, unsigned long *flags, struct failure *failure) {
    const char *word;
    if (!json_text(object, "rootfsPropagation", "", &word, failure))
        return false;
    *flags = propagation_flags(word[0] == 'r' ? word + 1 : word);
    return !word[0] || *flags ||
           fail(failure, "INVALID", "rootfsPropagation is \"%.40s\", it must be shared, slave, private or "
                                    "unbindable", word);
}

static bool parse_user_namespace(struct json_object *object, struct id_maps *maps, struct failure *failure) {
    struct json_object *namespace;
    return json_nested(object, "userNamespace", &namespace, failure) && id_maps_parse(namespace, maps, failure);
}

static bool parse_isolation(struct json_object *object, struct container_spec *spec, struct failure *failure) {
    return parse_strings(object, "maskedPaths", &spec->masked_paths, failure) &&
           parse_strings(object, "readonlyPaths", &spec->readonly_paths, failure) &&
           parse_propagation(object, &spec->propagation, failure) &&
           devices_parse(object, &spec->devices, &spec->device_count, failure) &&
           parse_texts(object, "sysctl", &spec->sysctl, failure) &&
           parse_texts(object, "cgroup", &spec->cgroup, failure) &&
           json_text(object, "deviceFilter", "", &spec->device_filter, failure) &&
           parse_texts(object, "shared", &spec->shared, failure) &&
           hooks_parse(object, &spec->hooks, failure) && parse_user_namespace(object, &spec->maps, failure) &&
           json_text(object, "domainname", "", &spec->domainname, failure);
}

// The rootfs is a path that stays below the image.
static bool check_rootfs(const char *rootfs, struct failure *failure) {
    for (const char *part = rootfs; *part; part += strspn(part, "/")) {
        size_t length = strcspn(part, "/");
        if (length == 2 && part[0] == '.' && part[1] == '.')
            return fail(failure, "INVALID", "the rootfs \"%.200s\" must not have a part \"..\"", rootfs);
        part += length;
    }
    return true;
}

bool container_spec_parse(struct json_object *object, struct container_spec *spec, struct failure *failure) {
    struct json_object *process;
    *spec = (struct container_spec){.json = json_object_get(object)};
    if (!json_text(object, "id", NULL, &spec->id, failure) ||
        !check_name(spec->id, "the container id", failure) ||
        !json_text(object, "image", NULL, &spec->image, failure) ||
        !check_name(spec->image, "the image", failure) ||
        !json_text(object, "rootfs", "", &spec->rootfs, failure) || !check_rootfs(spec->rootfs, failure) ||
        !json_text(object, "hostname", "", &spec->hostname, failure) ||
        !json_flag(object, "readonly", false, &spec->readonly, failure) ||
        !json_flag(object, "hold", false, &spec->created, failure) || !parse_mounts(object, spec, failure) ||
        !parse_isolation(object, spec, failure) || !json_nested(object, "process", &process, failure))
        return false;
    if (!strcmp(spec->id, "hyperstart"))
        return fail(failure, "INVALID",
                    "the container id \"hyperstart\" is reserved for processes beside PID 1");
    if (!process)
        return fail(failure, "INVALID", "process is missing");
    return process_spec_parse(process, "init", &spec->process, failure);
}

void container_spec_free(struct container_spec *spec) {
    free(spec->mounts);
    free(spec->devices);
    hooks_free(&spec->hooks);
    id_maps_free(&spec->maps);
    process_spec_free(&spec->process);
    json_object_put(spec->json);
}
