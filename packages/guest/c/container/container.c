// The table of containers.
#include "container/container.h"

#include <stdlib.h>
#include <string.h>

static struct container *containers;

bool containers_any(void) {
    return containers;
}

struct container *containers_first(void) {
    return containers;
}

struct container *container_find(const char *id) {
    for (struct container *container = containers; container; container = container->next)
        if (!strcmp(container->id, id))
            return container;
    return NULL;
}

struct container *container_add(const char *id) {
    struct container *container = allocate(sizeof *container);
    container->id = copy_string(id);
    container->pidfd = -1;
    container->cgroup = cgroup_make(id);
    struct container **link = &containers;
    while (*link)
        link = &(*link)->next;
    *link = container;
    return container;
}

void container_ended(struct container *container) {
    container->init = 0;
    close_fd(&container->pidfd);
    cgroup_remove(container->cgroup);
    container->cgroup = NULL;
}

void container_remove(struct container *container) {
    for (struct container **link = &containers; *link; link = &(*link)->next)
        if (*link == container) {
            *link = container->next;
            break;
        }
    container_ended(container);
    id_maps_free(&container->maps);
    free(container->id);
    free(container);
}

void containers_free(void) {
    while (containers)
        container_remove(containers);
}
