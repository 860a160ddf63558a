// New devices appear in the first network namespace, so PID 1 keeps a socket in it.
#include "network/podnetwork.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "machine/kernelevents.h"
#include "network/rtnetlink.h"

// Both namespaces, and a socket in the first one; -1 when the pod uses the first one.
static int first = -1, own = -1, first_links = -1;

bool pod_network_is_own(void) {
    return own >= 0;
}

static int move(int index) {
    struct rt_message message;
    struct ifinfomsg info = {.ifi_family = AF_UNSPEC, .ifi_index = index};
    rt_begin(&message, RTM_SETLINK, 0, &info, sizeof info);
    rt_put_number(&message, IFLA_NET_NS_FD, (uint32_t)own);
    // The pod's namespace may have an interface of the same name.
    rt_put(&message, IFLA_IFNAME, "new%d", sizeof "new%d");
    return rt_send(first_links, &message);
}

bool pod_network_bring(struct failure *failure) {
    struct buffer found = {0};
    if (own < 0)
        return true;
    int error = rt_dump(first_links, RTM_GETLINK, &found);
    for (const struct nlmsghdr *next = NULL; !error && (next = rt_next(&found, next));) {
        const struct ifinfomsg *info = NLMSG_DATA(next);
        // A device that cannot leave its namespace, such as a tunnel's, gives EINVAL and stays.
        int moved = info->ifi_flags & IFF_LOOPBACK ? 0 : move(info->ifi_index);
        if (moved && moved != EINVAL)
            error = moved;
    }
    buffer_free(&found);
    return !error || fail_errno(failure, error, "bringing network devices to the pod's namespace");
}

bool pod_network_enter(int network, struct failure *failure) {
    first = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (first < 0)
        return fail_errno(failure, errno, "the first network namespace");
    own = fcntl(network, F_DUPFD_CLOEXEC, 3);
    first_links = own < 0 ? -1 : rt_open(failure);
    bool done = own >= 0 && first_links >= 0 && pod_network_bring(failure);
    if (done && setns(own, CLONE_NEWNET) < 0)
        done = fail_errno(failure, errno, "entering the pod's network namespace");
    if (done) {
        raise_loopback();
        return true;
    }
    close_fd(&first_links);
    close_fd(&own);
    close_fd(&first);
    return false;
}

int pod_network_listen(void) {
    // The kernel reports a device in the namespace in which it appears.
    if (own >= 0 && setns(first, CLONE_NEWNET) < 0)
        return -1;
    int fd = kernel_events_open();
    int error = errno;
    if (own >= 0 && setns(own, CLONE_NEWNET) < 0)
        fatal("going back to the pod's network namespace: %s", strerror(errno));
    errno = error;
    return fd;
}

void raise_loopback(void) {
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
        log_line("the loopback interface: %s", strerror(errno));
    close_fd(&fd);
}
