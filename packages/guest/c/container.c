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

struct container *container_add(const char *id) {
    struct container *container = allocate(sizeof *container);
    container->id = copy_string(id);
    container->pidfd = -1;
    container->next = containers;
    containers = container;
    cgroup_make(id);
    return container;
}

void container_ended(struct container *container) {
    container->init = NULL;
    close_fd(&container->pidfd);
    cgroup_remove(container->id);
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

void cgroup_path(const char *id, char *path, size_t size) {
    snprintf(path, size, "/sys/fs/cgroup/%s", id);
}

void cgroup_make(const char *id) {
    char path[512];
    cgroup_path(id, path, sizeof path);
    // A kernel without cgroups, or a test on a host, goes without.
    if (!mode.host && access("/sys/fs/cgroup/cgroup.procs", F_OK) == 0 && mkdir(path, 0755) < 0 &&
        errno != EEXIST)
        log_line("cgroup %s: %s", path, strerror(errno));
}

void cgroup_enter(const char *id) {
    char path[512], procs[600];
    cgroup_path(id, path, sizeof path);
    snprintf(procs, sizeof procs, "%s/cgroup.procs", path);
    int fd = mode.host ? -1 : open(procs, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (write(fd, "0", 1) < 0)
        log_line("%s: %s", procs, strerror(errno));
    close(fd);
}

void cgroup_remove(const char *id) {
    char path[512];
    cgroup_path(id, path, sizeof path);
    if (!mode.host && rmdir(path) < 0 && errno != ENOENT)
        log_line("cgroup %s: %s", path, strerror(errno));
}
