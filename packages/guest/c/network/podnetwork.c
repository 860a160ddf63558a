// New devices appear in the first network namespace, so PID 1 keeps a socket in it. Devices without an interface wait in a
// namespace of their own, where no container sees them.
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

// Where devices wait, and a socket in it; -1 until one has to. `home` is the namespace that PID 1 was in then.
static int home = -1, waiting = -1, waiting_links = -1;

typedef bool device_test(const struct nlmsghdr *link);

static bool is_device(const struct nlmsghdr *link) {
    const struct ifinfomsg *info = NLMSG_DATA(link);
    return !(info->ifi_flags & IFF_LOOPBACK);
}

// What a container makes has no permanent address.
static bool has_no_interface(const struct nlmsghdr *link) {
    const struct ifinfomsg *info = NLMSG_DATA(link);
    return !(info->ifi_flags & IFF_UP) && rt_find(link, sizeof *info, IFLA_PERM_ADDRESS);
}

static int move(int links, int index, int to) {
    struct rt_message message;
    struct ifinfomsg info = {.ifi_family = AF_UNSPEC, .ifi_index = index};
    rt_begin(&message, RTM_SETLINK, 0, &info, sizeof info);
    rt_put_number(&message, IFLA_NET_NS_FD, (uint32_t)to);
    // The namespace may have an interface of the same name.
    rt_put(&message, IFLA_IFNAME, "new%d", sizeof "new%d");
    return rt_send(links, &message);
}

// 0, or the errno of the last that stays though it passes the test.
static int move_each(int links, device_test *test, int to) {
    struct buffer found = {0};
    int error = rt_dump(links, RTM_GETLINK, &found);
    for (const struct nlmsghdr *next = NULL; !error && (next = rt_next(&found, next));) {
        const struct ifinfomsg *info = NLMSG_DATA(next);
        // A device that cannot leave its namespace, such as a tunnel's, gives EINVAL and stays. One that the host has taken away meanwhile
        // gives ENODEV.
        int moved = test(next) ? move(links, info->ifi_index, to) : 0;
        if (moved && moved != EINVAL && moved != ENODEV)
            error = moved;
    }
    buffer_free(&found);
    return error;
}

bool pod_network_bring(struct failure *failure) {
    int error = own < 0 ? 0 : move_each(first_links, is_device, own);
    return !error || fail_errno(failure, error, "bringing network devices to the pod's namespace");
}

bool pod_network_show(struct failure *failure) {
    int error = waiting < 0 ? 0 : move_each(waiting_links, is_device, own < 0 ? home : own);
    return !error || fail_errno(failure, error, "bringing back network devices");
}

static bool make_waiting(struct failure *failure) {
    if (waiting >= 0)
        return true;
    home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (home < 0 || unshare(CLONE_NEWNET) < 0) {
        int error = errno;
        close_fd(&home);
        return fail_errno(failure, error, "a network namespace for devices");
    }
    waiting = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    waiting_links = waiting < 0 ? -1 : rt_open(failure);
    if (setns(home, CLONE_NEWNET) < 0)
        fatal("going back to the pod's network namespace: %s", strerror(errno));
    if (waiting_links >= 0)
        return true;
    close_fd(&waiting);
    close_fd(&home);
    return fail(failure, "FAILED", "the network namespace for devices cannot be used");
}

static bool any_waits(int links) {
    struct buffer found = {0};
    bool any = false;
    if (rt_dump(links, RTM_GETLINK, &found) == 0)
        for (const struct nlmsghdr *next = NULL; !any && (next = rt_next(&found, next));)
            any = has_no_interface(next);
    buffer_free(&found);
    return any;
}

void pod_network_hide(void) {
    struct failure failure = {0};
    // On a host the tests' guest would take the host's devices.
    if (mode.host && !mode.network)
        return;
    int links = rt_open(&failure);
    bool any = links >= 0 && any_waits(links);
    bool done = any ? make_waiting(&failure) : links >= 0;
    int error = any && done ? move_each(links, has_no_interface, waiting) : 0;
    if (!done || error)
        log_line("hiding network devices: %s", done ? strerror(error) : failure.message);
    close_fd(&links);
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
