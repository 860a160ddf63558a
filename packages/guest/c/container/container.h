// The containers of the pod: their names, their inits, and what is asked of them from outside.
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
    pid_t init;           // its pid in the VM; 0 until it was cloned and once it was reaped
    int pidfd;            // of init: the way into its namespaces
    struct cgroup *cgroup; // NULL where there is none
    struct home home;     // what the last process found
    struct id_maps maps;  // of its user namespace; none without one
};

struct container *container_find(const char *id);
bool containers_any(void);
struct container *container_add(const char *id);
void container_remove(struct container *container);
// Init was reaped: what led to its namespaces is closed.
void container_ended(struct container *container);
void containers_free(void);

#endif
