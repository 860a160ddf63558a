#include "sockets.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "failure.h"

static int open_socket(const char *path, struct sockaddr_un *address) {
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address->sun_path)
        fail(0, "the socket's path %.300s has more than %zu bytes", path, sizeof address->sun_path - 1);
    strcpy(address->sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        fail(errno, "a socket");
    return fd;
}

// Clients that were not taken yet, some of which may have given up.
enum { WAITING = 64 };

int socket_listen(const char *path) {
    struct sockaddr_un address;
    int fd = open_socket(path, &address);
    mode_t mask = umask(077);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, WAITING) < 0)
        fail(errno, "listening at %.300s", path);
    umask(mask);
    return fd;
}

int socket_connect(const char *path) {
    struct sockaddr_un address;
    int fd = open_socket(path, &address);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        fail(errno, "connecting to %.300s", path);
    return fd;
}
