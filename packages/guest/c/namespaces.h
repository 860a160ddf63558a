// The namespaces of a container that are not its own but another container's, or the guest's.
#ifndef RUNV_NAMESPACES_H
#define RUNV_NAMESPACES_H

#include <json-c/json.h>

#include "base.h"

// What an init's clone is not to make anew (CLONE_NEW* each), and whose to enter instead.
struct namespaces {
    uint64_t shared;
    int pid, ipc, uts; // pidfds of other inits, or -1: the guest's own
};

// `shared` is NULL or the id of a container for each type, empty for the guest's. To be used at once: the pidfds
// are the other containers'.
bool namespaces_find(struct json_object *shared, struct namespaces *namespaces, struct failure *failure);
// In the child, for all but the pid namespace, which the clone enters.
bool namespaces_enter(const struct namespaces *namespaces, struct failure *failure);

#endif
