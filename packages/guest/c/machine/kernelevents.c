// A netlink socket, in the group that the kernel itself sends to.
#include "machine/kernelevents.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include "base/base.h"

#define KERNEL_EVENTS 1

int kernel_events_open(void) {
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = KERNEL_EVENTS};
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        int error = errno;
        close_fd(&fd);
        errno = error;
    }
    return fd;
}

void kernel_events_drop(int fd) {
    char event[8192];
    // ENOBUFS stands for events that were lost. They are dropped here anyway.
    while (recv(fd, event, sizeof event, 0) >= 0 || errno == ENOBUFS) {
    }
}
