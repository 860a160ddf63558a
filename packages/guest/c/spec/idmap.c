// Reads id mappings from JSON, and translates the ids of a container.
#include "spec/idmap.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"

// The kernel's limit of lines.
enum { MOST_MAPS = 340 };

static bool parse_map(struct json_object *entry, struct id_map *map, struct failure *failure) {
    int64_t inside, outside, count;
    if (!json_object_is_type(entry, json_type_object))
        return fail(failure, "INVALID", "an entry of uidMappings or gidMappings must be an object");
    if (!json_integer(entry, "containerID", 0, UINT32_MAX - 1, -1, &inside, failure) ||
        !json_integer(entry, "hostID", 0, UINT32_MAX - 1, -1, &outside, failure) ||
        !json_integer(entry, "size", 1, UINT32_MAX, -1, &count, failure))
        return false;
    if (inside < 0 || outside < 0 || count < 0)
        return fail(failure, "INVALID", "uidMappings and gidMappings need containerID, hostID and size");
    *map = (struct id_map){(uint32_t)inside, (uint32_t)outside, (uint32_t)count};
    return true;
}

static uint32_t map(const struct id_map *maps, size_t count, uint32_t inside) {
    for (size_t i = 0; i < count; i++)
        if (inside >= maps[i].inside && inside - maps[i].inside < maps[i].count)
            return maps[i].outside + (inside - maps[i].inside);
    return (uint32_t)-1;
}

static bool parse_list_of_maps(struct json_object *object, const char *name, struct id_map **maps, size_t *count,
                               struct failure *failure) {
    struct json_object *list;
    if (!json_array(object, name, &list, failure))
        return false;
    size_t length = list ? json_object_array_length(list) : 0;
    if (length == 0 || length > MOST_MAPS)
        return fail(failure, "INVALID", "%s has %zu entries, it must have 1 to %d", name, length, MOST_MAPS);
    *maps = allocate(length * sizeof **maps);
    *count = length;
    for (size_t i = 0; i < length; i++)
        if (!parse_map(json_object_array_get_idx(list, i), &(*maps)[i], failure))
            return false;
    return map(*maps, length, 0) != (uint32_t)-1 ||
           fail(failure, "INVALID", "%s has no place for the container's 0, its root", name);
}

bool id_maps_parse(struct json_object *object, struct id_maps *maps, struct failure *failure) {
    *maps = (struct id_maps){0};
    return !object || (parse_list_of_maps(object, "uidMappings", &maps->users, &maps->user_count, failure) &&
                       parse_list_of_maps(object, "gidMappings", &maps->groups, &maps->group_count, failure));
}

static struct id_map *copy(const struct id_map *maps, size_t count) {
    if (count == 0)
        return NULL;
    return memcpy(allocate(count * sizeof *maps), maps, count * sizeof *maps);
}

struct id_maps id_maps_copy(const struct id_maps *maps) {
    return (struct id_maps){.users = copy(maps->users, maps->user_count),
                            .groups = copy(maps->groups, maps->group_count),
                            .user_count = maps->user_count,
                            .group_count = maps->group_count};
}

void id_maps_free(struct id_maps *maps) {
    free(maps->users);
    free(maps->groups);
    *maps = (struct id_maps){0};
}

bool id_maps_any(const struct id_maps *maps) {
    return maps && maps->user_count > 0;
}

uint32_t map_user(const struct id_maps *maps, uint32_t inside) {
    return id_maps_any(maps) ? map(maps->users, maps->user_count, inside) : inside;
}

uint32_t map_group(const struct id_maps *maps, uint32_t inside) {
    return id_maps_any(maps) ? map(maps->groups, maps->group_count, inside) : inside;
}
