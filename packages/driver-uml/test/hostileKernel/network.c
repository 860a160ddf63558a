// The host's networks and sockets.
#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "attack.h"

static void sockets(void) {
    static const struct {
        const char *name;
        int family, type;
    } kinds[] = {
        {"a unix socket", AF_UNIX, SOCK_STREAM}, {"an IPv4 socket", AF_INET, SOCK_STREAM},
        {"an IPv6 socket", AF_INET6, SOCK_DGRAM}, {"a netlink socket", AF_NETLINK, SOCK_RAW},
        {"a packet socket", AF_PACKET, SOCK_RAW}, {"a socket of the hypervisor's", AF_VSOCK, SOCK_STREAM},
        {"a socket of the kernel's ciphers", AF_ALG, SOCK_SEQPACKET},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        said(kinds[i].name, socket(kinds[i].family, kinds[i].type, 0));
}

// What it has is a pair, and what listens for the driver.
static void misuse(const struct target *target) {
    struct sockaddr_un abstract = {.sun_family = AF_UNIX, .sun_path = "\0runv-host"};
    struct ifreq interface = {0};
    int pair[2];
    said("a pair of sockets", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    said("connect it", connect(pair[0], (struct sockaddr *)&abstract, sizeof abstract));
    said("bind it", bind(pair[0], (struct sockaddr *)&abstract, sizeof abstract));
    strncpy(interface.ifr_name, target->device, IFNAMSIZ - 1);
    said("an interface of the host's", ioctl(pair[0], SIOCGIFFLAGS, &interface));
    said("the same by the monitor", ioctl(target->monitor, SIOCGIFFLAGS, &interface));
    // Which is a socket that the daemon has made, in the host's network namespace.
    said("the same by stderr", ioctl(STDERR_FILENO, SIOCGIFFLAGS, &interface));
    said("a tap", open("/dev/net/tun", O_RDWR));
}

static void interfaces(void) {
    static char text[8192];
    int fd = open("/proc/self/net/dev", O_RDONLY), count = 0;
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    for (ssize_t i = 0; i < length; i++)
        count += text[i] == '\n';
    // Two lines are a heading.
    say("interfaces", count == 3 && strstr(text, "lo:") ? "lo" : "others");
}

void attack_network(const struct target *target) {
    sockets();
    misuse(target);
    interfaces();
}
