// The containers of the pod.
#ifndef RUNV_CONTAINER_H
#define RUNV_CONTAINER_H

#include <sys/types.h>

#include "base/base.h"
#include "container/cgroup.h"
#include "container/home.h"
#include "spec/idmap.h"

struct container {
    struct container *next;
    char *id;
    pid_t init;            // its pid in the VM; 0 before its clone and after it was reaped
    int pidfd;             // of init; leads to its namespaces
    struct cgroup *cgroup; // NULL in a kernel without cgroups
    struct home home;      // what the last process found
    struct id_maps maps;   // of its user namespace; empty without one
};

struct container *container_find(const char *id);
bool containers_any(void);
// The oldest; `next` leads to the younger ones.
struct container *containers_first(void);
struct container *container_add(const char *id);
void container_remove(struct container *container);
// Init was reaped: closes what leads to its namespaces.
void container_ended(struct container *container);
void containers_free(void);

#endif
