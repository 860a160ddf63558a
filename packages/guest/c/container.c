// The containers of the pod, and their cgroups.
#include "container.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct container *containers;

struct container *container_find(const char *id) {
    for (struct container *container = containers; container; container = container->next)
        if (!strcmp(container->id, id))
            return container;
    return NULL;
}

static void cgroup_path(const char *id, char *path, size_t size) {
    // The prefix keeps an id apart from the files that the kernel has there.
    snprintf(path, size, "/sys/fs/cgroup/runv-%s", id);
}

// A kernel without cgroups, or a test on a host, goes without.
static int make_cgroup(const char *id) {
    char path[512];
    cgroup_path(id, path, sizeof path);
    if (mode.host || access("/sys/fs/cgroup/cgroup.procs", F_OK) < 0)
        return -1;
    int fd = -1;
    if (mkdir(path, 0755) == 0 || errno == EEXIST)
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        log_line("cgroup %s: %s", path, strerror(errno));
    return fd;
}

static void remove_cgroup(struct container *container) {
    char path[512];
    if (container->cgroup < 0)
        return;
    close_fd(&container->cgroup);
    cgroup_path(container->id, path, sizeof path);
    if (rmdir(path) < 0)
        log_line("cgroup %s: %s", path, strerror(errno));
}

struct container *container_add(const char *id) {
    struct container *container = allocate(sizeof *container);
    container->id = copy_string(id);
    container->pidfd = -1;
    container->cgroup = make_cgroup(id);
    container->next = containers;
    containers = container;
    return container;
}

void container_ended(struct container *container) {
    container->init = NULL;
    close_fd(&container->pidfd);
    remove_cgroup(container);
}

void container_remove(struct container *container) {
    for (struct container **link = &containers; *link; link = &(*link)->next)
        if (*link == container) {
            *link = container->next;
            break;
        }
    container_ended(container);
    free(container->id);
    free(container);
}

void containers_free(void) {
    while (containers)
        container_remove(containers);
}
