// The id mappings of a user namespace: which ids of the guest a container's users and groups are.
#ifndef RUNV_IDMAP_H
#define RUNV_IDMAP_H

#include <json-c/json.h>

#include "base/base.h"

// A range of ids, inside as the container sees it and outside as the guest does. The share has the guest's ids.
struct id_map {
    uint32_t inside, outside, count;
};

struct id_maps {
    struct id_map *users, *groups;
    size_t user_count, group_count; // 0: no user namespace
};

// `object` is {uidMappings, gidMappings}, or NULL for no maps. The caller frees the maps even after a failure.
bool id_maps_parse(struct json_object *object, struct id_maps *maps, struct failure *failure);
struct id_maps id_maps_copy(const struct id_maps *maps);
void id_maps_free(struct id_maps *maps);
bool id_maps_any(const struct id_maps *maps);
// The guest's id for a container's id: the same without maps or with NULL, (uint32_t)-1 for an id that is not mapped.
uint32_t map_user(const struct id_maps *maps, uint32_t inside);
uint32_t map_group(const struct id_maps *maps, uint32_t inside);

#endif
