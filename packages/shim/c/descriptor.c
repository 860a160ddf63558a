// O_NONBLOCK belongs to a file description, which other processes may share: where there is another way, it is taken.
#include "descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum {
    CAREFUL_SIZE = 256, // far below what a pipe or terminal takes once poll says that it takes something
    PTMX_MAJOR = 5,
    PTMX_MINOR = 2,
};

// Opening /dev/ptmx anew would make another pty.
static bool can_be_opened_anew(int fd, const struct stat *status) {
    if (S_ISFIFO(status->st_mode))
        return true;
    bool ptmx = major(status->st_rdev) == PTMX_MAJOR && minor(status->st_rdev) == PTMX_MINOR;
    return S_ISCHR(status->st_mode) && !ptmx && isatty(fd);
}

static bool never_waits(int fd, const struct stat *status) {
    return S_ISREG(status->st_mode) || S_ISBLK(status->st_mode) || (S_ISCHR(status->st_mode) && !isatty(fd));
}

// Takes the number of the old one, which is closed with it.
static bool open_anew(struct descriptor *descriptor, int fd) {
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    // O_DIRECT makes packets of a pipe's writes.
    int kept = fcntl(fd, F_GETFL) & (O_ACCMODE | O_DIRECT);
    int made = open(path, kept | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (made < 0)
        return errno != ENXIO;
    if (dup2(made, fd) == fd)
        descriptor->kind = OWN;
    close(made);
    return true;
}

bool descriptor_open(struct descriptor *descriptor, int fd) {
    struct stat status;
    descriptor->fd = fd;
    descriptor->kind = CAREFUL;
    if (fstat(fd, &status) < 0)
        return true;
    if (S_ISSOCK(status.st_mode))
        descriptor->kind = SOCKET;
    else if (can_be_opened_anew(fd, &status))
        return open_anew(descriptor, fd);
    else if (never_waits(fd, &status))
        descriptor->kind = PLAIN;
    return true;
}

void descriptor_own(struct descriptor *descriptor, int fd) {
    struct stat status;
    descriptor->fd = fd;
    descriptor->kind = fstat(fd, &status) == 0 && never_waits(fd, &status) ? PLAIN : OWN;
}

ssize_t descriptor_read(struct descriptor *descriptor, void *to, size_t size) {
    if (descriptor->kind == SOCKET)
        return recv(descriptor->fd, to, size, MSG_DONTWAIT);
    return read(descriptor->fd, to, size);
}

ssize_t descriptor_write(struct descriptor *descriptor, const void *from, size_t size) {
    if (descriptor->kind == SOCKET)
        return send(descriptor->fd, from, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (descriptor->kind == CAREFUL && size > CAREFUL_SIZE)
        size = CAREFUL_SIZE;
    return write(descriptor->fd, from, size);
}

void descriptor_close(struct descriptor *descriptor) {
    if (descriptor->fd < 0)
        return;
    // The host's: a container's root may have none.
    int nothing = open("dev/null", O_RDWR | O_CLOEXEC);
    if (nothing < 0 || dup2(nothing, descriptor->fd) < 0)
        close(descriptor->fd);
    if (nothing >= 0)
        close(nothing);
    descriptor->fd = -1;
}
