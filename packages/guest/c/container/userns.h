// User namespaces, and how a container's other namespaces come to belong to one.
#ifndef RUNV_USERNS_H
#define RUNV_USERNS_H

#include "base/base.h"
#include "spec/idmap.h"

// Descriptors of namespaces, -1 for each that was not made.
struct user_namespace {
    int user, ipc, uts;
};

// Gives the pod a network namespace that a new user namespace owns. The first container that asks for a user namespace
// gets that one.
bool userns_own_network(struct failure *failure);
// Ends the process that keeps the user namespace for that container.
void userns_forget(void);
// Opens a new user namespace, or that of the process behind the pidfd `join`, with a new ipc and a new uts namespace
// that it owns.
bool userns_make(const struct id_maps *maps, int join, struct user_namespace *made, struct failure *failure);
void userns_close(struct user_namespace *made);

// In the child: files that it makes from here on belong to the container's root. It keeps all capabilities.
bool userns_act_as_root(const struct id_maps *maps, struct failure *failure);
// In the child: becomes root in the namespace. `fd` is the namespace's, or the pidfd of a process in it.
bool userns_enter(int fd, struct failure *failure);

#endif
