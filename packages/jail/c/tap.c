#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "arguments.h"
#include "failure.h"
#include "sockets.h"

// linux/if_tun.h has them, which musl has not.
enum { TUN_TAP = 2, TUN_NO_PACKET_INFO = 0x1000, TUN_VNET_HDR = 0x4000 };
#define TUN_SET_INTERFACE _IOW('T', 202, int)

enum { LONGEST_MESSAGE = 64 * 1024 };

struct request {
    const char *netns, *name, *socket;
    bool vnet_hdr;
};

static void read_request(struct request *request, char **words) {
    struct arguments arguments = {words};
    const char *option;
    while ((option = argument_next(&arguments))) {
        if (strcmp(option, "--netns") == 0)
            request->netns = argument_path(&arguments, option);
        else if (strcmp(option, "--name") == 0)
            request->name = argument_value(&arguments, option);
        else if (strcmp(option, "--socket") == 0)
            request->socket = argument_path(&arguments, option);
        else if (strcmp(option, "--vnet-hdr") == 0)
            request->vnet_hdr = true;
        else
            fail(0, "unknown option \"%.100s\"", option);
    }
    if (!request->netns || !request->name || !request->socket)
        fail(0, "--netns, --name and --socket are needed");
    if (strlen(request->name) >= IFNAMSIZ)
        fail(0, "the tap's name \"%.100s\" has more than %d bytes", request->name, IFNAMSIZ - 1);
}

// A path of a unix socket leads to the same one from every network namespace.
static void join(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
        fail(errno, "joining the network namespace %.300s", path);
    close(fd);
}

static int make_tap(const struct request *request) {
    struct ifreq interface = {.ifr_flags = (short)(TUN_TAP | TUN_NO_PACKET_INFO | (request->vnet_hdr ? TUN_VNET_HDR : 0))};
    strcpy(interface.ifr_name, request->name);
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        fail(errno, "opening /dev/net/tun");
    if (ioctl(fd, TUN_SET_INTERFACE, &interface) < 0)
        fail(errno, "making the tap %s", request->name);
    return fd;
}

// The message is one line or several, and comes in one piece.
static size_t read_message(char *message) {
    ssize_t size = read(STDIN_FILENO, message, LONGEST_MESSAGE);
    if (size <= 0)
        fail(size < 0 ? errno : 0, "reading the message from stdin");
    return (size_t)size;
}

static void hand_over(int to, int fd) {
    static char message[LONGEST_MESSAGE];
    struct iovec part = {message, read_message(message)};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(rights), &fd, sizeof fd);
    if (sendmsg(to, &header, MSG_NOSIGNAL) != (ssize_t)part.iov_len)
        fail(errno, "handing the tap over");
}

// False at the end of the socket, or of whoever reads stdout.
static bool copy_once(int from) {
    char bytes[4096];
    ssize_t size = read(from, bytes, sizeof bytes);
    return size > 0 && write(STDOUT_FILENO, bytes, (size_t)size) == size;
}

noreturn void tap(char **words) {
    struct request request = {0};
    read_request(&request, words);
    int to = socket_connect(request.socket);
    join(request.netns);
    int fd = make_tap(&request);
    hand_over(to, fd);
    struct pollfd polled[2] = {{.fd = to, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
    while (poll(polled, 2, -1) > 0 && !polled[1].revents)
        if (polled[0].revents && !copy_once(to))
            break;
    _exit(0);
}
