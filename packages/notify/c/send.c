#include "send.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool send_all(int socket, const struct msghdr *message) {
    ssize_t sent;
    do
        sent = sendmsg(socket, message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent >= 0;
}

bool send_message(int socket, const struct address *to, pid_t pid, const char *text, size_t length) {
    struct iovec part = {.iov_base = (void *)text, .iov_len = length};
    struct ucred who = {.pid = pid, .uid = getuid(), .gid = getgid()};
    union {
        char bytes[CMSG_SPACE(sizeof who)];
        struct cmsghdr aligned;
    } control;
    memset(&control, 0, sizeof control);
    struct msghdr message = {
        .msg_name = (void *)&to->name,
        .msg_namelen = to->length,
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes,
    };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_CREDENTIALS;
    header->cmsg_len = CMSG_LEN(sizeof who);
    memcpy(CMSG_DATA(header), &who, sizeof who);
    if (send_all(socket, &message))
        return true;
    if (errno != EPERM && errno != ESRCH)
        return false;
    message.msg_control = NULL;
    message.msg_controllen = 0;
    return send_all(socket, &message);
}
