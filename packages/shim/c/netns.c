// Makes or joins a network namespace. A path of a unix socket leads to the same one from all of them.
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "report.h"

static void bring_loopback_up(void) {
    struct ifreq request = {.ifr_name = "lo"};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        report_failure("a socket to bring lo up with: %s", strerror(errno));
    if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
        report_failure("asking for the flags of lo: %s", strerror(errno));
    request.ifr_flags |= IFF_UP;
    if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
        report_failure("bringing lo up: %s", strerror(errno));
    close(fd);
}

void netns_enter(const char *which) {
    if (strcmp(which, "new") == 0) {
        if (unshare(CLONE_NEWNET) < 0)
            report_failure("making a network namespace: %s", strerror(errno));
        bring_loopback_up();
        return;
    }
    int fd = open(which, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        report_failure("opening the network namespace %.300s: %s", which, strerror(errno));
    if (setns(fd, CLONE_NEWNET) < 0)
        report_failure("joining the network namespace %.300s: %s", which, strerror(errno));
    close(fd);
}
