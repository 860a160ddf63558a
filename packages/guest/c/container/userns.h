// User namespaces: who is who in a container that has one, and how its namespaces come to belong to it.
#ifndef RUNV_USERNS_H
#define RUNV_USERNS_H

#include <json-c/json.h>
#include <sys/types.h>

#include "base/base.h"

// A range of ids as the container and the guest have it; on the share, which is the host's, they are the guest's.
struct id_map {
    uint32_t inside, outside, count;
};

struct id_maps {
    struct id_map *users, *groups;
    size_t user_count, group_count; // 0: no user namespace
};

// Descriptors of namespaces, -1 each that was not made.
struct user_namespace {
    int user, ipc, uts;
};

// `object` is NULL (then there are no maps) or {uidMappings, gidMappings}. To be freed in any case.
bool id_maps_parse(struct json_object *object, struct id_maps *maps, struct failure *failure);
struct id_maps id_maps_copy(const struct id_maps *maps);
void id_maps_free(struct id_maps *maps);
bool id_maps_any(const struct id_maps *maps);
// The guest's id of a container's. Without maps, or NULL, that is the same; (uint32_t)-1 for one that has no place.
uint32_t map_user(const struct id_maps *maps, uint32_t inside);
uint32_t map_group(const struct id_maps *maps, uint32_t inside);

// The pod's network becomes that of a user namespace, which the first container that asks for one gets.
bool userns_own_network(struct failure *failure);
// What waits for that container waits no more.
void userns_forget(void);
// A new user namespace, or that of the process behind the pidfd `join`, and an ipc and a uts namespace that are its own.
bool userns_make(const struct id_maps *maps, int join, struct user_namespace *made, struct failure *failure);
void userns_close(struct user_namespace *made);

// In the child. What it makes from here on is the container's root's; it keeps every capability in the guest.
bool userns_act_as_root(const struct id_maps *maps, struct failure *failure);
// By the descriptor of the namespace, or of a process in it: as the container's root from here on.
bool userns_enter(int fd, struct failure *failure);

#endif
