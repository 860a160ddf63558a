// The container that NEWCONTAINER asks for, with its init. The parsed JSON object owns its strings; the spec keeps it.
#ifndef RUNV_CONTAINERSPEC_H
#define RUNV_CONTAINERSPEC_H

#include <json-c/json.h>

#include "base/base.h"
#include "spec/devicespec.h"
#include "spec/hooks.h"
#include "spec/idmap.h"
#include "spec/processspec.h"

struct mount_spec {
    const char *destination, *type, *source;
    struct json_object *options;
};

struct container_spec {
    struct json_object *json;
    const char *id, *image, *rootfs, *hostname, *domainname, *device_filter;
    bool readonly, standard_mounts;
    bool created; // it stays in the state created, and waits for STARTCONTAINER
    struct mount_spec *mounts;
    size_t mount_count;
    struct json_object *masked_paths, *readonly_paths; // NULL, or strings
    unsigned long propagation;                         // of the root; 0: private
    struct device_spec *devices;
    size_t device_count;
    struct json_object *sysctl, *cgroup, *shared; // NULL, or a string for each name
    struct hooks hooks;
    struct id_maps maps; // of a new user namespace; empty: it has none
    struct process_spec process;
};

// Gives NULL for a missing field, or an object that has only strings.
bool parse_texts(struct json_object *object, const char *name, struct json_object **texts,
                 struct failure *failure);
bool container_spec_parse(struct json_object *object, struct container_spec *spec, struct failure *failure);
void container_spec_free(struct container_spec *spec);

#endif
