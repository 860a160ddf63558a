// The namespaces of a container that are not its own but another container's, or the guest's.
#ifndef RUNV_NAMESPACES_H
#define RUNV_NAMESPACES_H

#include <json-c/json.h>

#include "base/base.h"
#include "container/userns.h"

// The namespaces that an init's clone does not make (CLONE_NEW* each), and those that it enters instead.
struct namespaces {
    uint64_t shared;
    int pid, ipc, uts; // pidfds of other inits, or -1: the guest's own
    // A user namespace, by such a pidfd or its own descriptor, and its mappings; -1 and NULL without one.
    int user;
    const struct id_maps *maps;
    struct user_namespace made; // to be closed by namespaces_close()
};

// `shared` is NULL or has a container's id for each type, empty for the guest's. The result is to be used at once: other
// containers own the pidfds and `maps`.
bool namespaces_find(struct json_object *shared, struct namespaces *namespaces, struct failure *failure);
// Makes the container's user namespace and the namespaces that it owns, unless `maps` is empty.
bool namespaces_make(const struct id_maps *maps, struct namespaces *namespaces, struct failure *failure);
void namespaces_close(struct namespaces *namespaces);
// In the child. The clone has entered the pid namespace; the user namespace comes last.
bool namespaces_enter(const struct namespaces *namespaces, struct failure *failure);

#endif
