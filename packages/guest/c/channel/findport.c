// A virtio port is found by its name in sysfs, since its number depends on the devices of the VM.
#include "channel/findport.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/base.h"
#include "base/loop.h"

enum { LOOK_FOR_PORT_MS = 5, FIND_TIMEOUT_MS = 30000 };

#define PORTS "/sys/class/virtio-ports"

static bool has_name(const char *entry, const char *name) {
    char path[512], found[128] = "";
    snprintf(path, sizeof path, PORTS "/%s/name", entry);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t length = read(fd, found, sizeof found - 1);
    close(fd);
    if (length <= 0)
        return false;
    found[strcspn(found, "\n")] = 0;
    return strcmp(found, name) == 0;
}

static int open_by_name(const char *name) {
    char path[512] = "";
    DIR *directory = opendir(PORTS);
    if (!directory)
        return -1;
    for (struct dirent *entry; (entry = readdir(directory));)
        if (entry->d_name[0] != '.' && has_name(entry->d_name, name))
            snprintf(path, sizeof path, "/dev/%s", entry->d_name);
    closedir(directory);
    return path[0] ? open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC) : -1;
}

int port_find(const char *name) {
    int64_t deadline = now_milliseconds() + FIND_TIMEOUT_MS;
    for (;;) {
        int fd = open_by_name(name);
        if (fd >= 0)
            return fd;
        if (now_milliseconds() > deadline)
            fatal("no virtio port named %s appeared in %d ms", name, FIND_TIMEOUT_MS);
        usleep(LOOK_FOR_PORT_MS * 1000);
    }
}

int socket_connect(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        int error = errno;
        close_fd(&fd);
        errno = error;
    }
    return fd;
}

char *socket_path(int fd) {
    struct sockaddr_un address = {0};
    socklen_t length = sizeof address;
    if (getpeername(fd, (struct sockaddr *)&address, &length) < 0 || address.sun_family != AF_UNIX)
        return NULL;
    return copy_string(address.sun_path);
}
