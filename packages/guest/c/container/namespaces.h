// The namespaces of a container that are not its own but another container's, or the guest's.
#ifndef RUNV_NAMESPACES_H
#define RUNV_NAMESPACES_H

#include <json-c/json.h>

#include "base/base.h"
#include "container/userns.h"

// What an init's clone is not to make anew (CLONE_NEW* each), and whose to enter instead.
struct namespaces {
    uint64_t shared;
    int pid, ipc, uts; // pidfds of other inits, or -1: the guest's own
    // A user namespace, by such a pidfd or its own descriptor, and who is who in it; -1 and NULL without one.
    int user;
    const struct id_maps *maps;
    struct user_namespace made; // to be closed by namespaces_close()
};

// `shared` is NULL or the id of a container for each type, empty for the guest's. To be used at once: the pidfds and
// `maps` are the other containers'.
bool namespaces_find(struct json_object *shared, struct namespaces *namespaces, struct failure *failure);
// Makes what belongs to the container's user namespace, where it has one; `maps` is who is who in it.
bool namespaces_make(const struct id_maps *maps, struct namespaces *namespaces, struct failure *failure);
void namespaces_close(struct namespaces *namespaces);
// In the child, for all but the pid namespace, which the clone enters, and the user namespace, which comes last.
bool namespaces_enter(const struct namespaces *namespaces, struct failure *failure);

#endif
