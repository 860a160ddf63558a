// Files of a cgroup. The kernel signals a change of some of them by EPOLLPRI.
#include "container/cgroupfiles.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/base.h"

ssize_t cgroup_file_read(int directory, const char *name, char *text, size_t size) {
    size_t length = 0;
    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    for (ssize_t count; length < size - 1; length += (size_t)count)
        if ((count = read(fd, text + length, size - 1 - length)) <= 0)
            break;
    close(fd);
    text[length] = 0;
    return (ssize_t)length;
}

uint64_t cgroup_file_number(const char *text, const char *name) {
    size_t length = strlen(name);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (!strncmp(line, name, length) && line[length] == ' ')
            return strtoull(line + length, NULL, 10);
    }
    return 0;
}

bool cgroup_file_read_watched(const struct watch *watch, char *text, size_t size) {
    ssize_t length = pread(watch->fd, text, size - 1, 0);
    text[length < 0 ? 0 : length] = 0;
    return length >= 0;
}

bool cgroup_file_watch(int directory, struct watch *watch, const char *name,
                       void (*changed)(struct watch *, uint32_t)) {
    char text[512];
    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
    watch_init(watch, fd, changed);
    if (fd < 0 || !cgroup_file_read_watched(watch, text, sizeof text))
        return false;
    watch_for(watch, EPOLLPRI);
    return true;
}

void cgroup_file_unwatch(struct watch *watch) {
    watch_stop(watch);
    close_fd(&watch->fd);
}
