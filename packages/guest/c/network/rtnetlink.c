// Requests to the kernel's network configuration (rtnetlink(7)): one message at a time, each acknowledged.
#include "network/rtnetlink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RECEIVED_AT_ONCE = 64 * 1024 };

static struct nlmsghdr *header_of(struct rt_message *message) {
    return (struct nlmsghdr *)(void *)message->bytes;
}

int rt_open(struct failure *failure) {
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0 || connect(fd, (struct sockaddr *)&kernel, sizeof kernel) < 0) {
        fail_errno(failure, errno, "a socket for the network's configuration");
        close_fd(&fd);
    }
    return fd;
}

void rt_begin(struct rt_message *message, uint16_t type, uint16_t flags, const void *body, size_t size) {
    struct nlmsghdr *header = header_of(message);
    memset(message, 0, sizeof *message);
    *header = (struct nlmsghdr){.nlmsg_len = (uint32_t)NLMSG_LENGTH(size),
                                .nlmsg_type = type,
                                .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags)};
    memcpy(NLMSG_DATA(header), body, size);
}

void rt_put(struct rt_message *message, uint16_t type, const void *data, size_t size) {
    struct nlmsghdr *header = header_of(message);
    size_t at = NLMSG_ALIGN(header->nlmsg_len);
    if (at + RTA_SPACE(size) > sizeof message->bytes)
        fatal("a network message has no room for %zu bytes more", size);
    struct rtattr *attribute = (struct rtattr *)(void *)(message->bytes + at);
    *attribute = (struct rtattr){.rta_len = (uint16_t)RTA_LENGTH(size), .rta_type = type};
    if (size)
        memcpy(RTA_DATA(attribute), data, size);
    header->nlmsg_len = (uint32_t)(at + RTA_LENGTH(size));
}

void rt_put_number(struct rt_message *message, uint16_t type, uint32_t number) {
    rt_put(message, type, &number, sizeof number);
}

size_t rt_nest(struct rt_message *message, uint16_t type) {
    size_t at = NLMSG_ALIGN(header_of(message)->nlmsg_len);
    rt_put(message, type, NULL, 0);
    return at;
}

void rt_end(struct rt_message *message, size_t nest) {
    struct rtattr *attribute = (struct rtattr *)(void *)(message->bytes + nest);
    attribute->rta_len = (uint16_t)(header_of(message)->nlmsg_len - nest);
}

static ssize_t receive(int fd, void *data, size_t size) {
    ssize_t length;
    do
        length = recv(fd, data, size, MSG_TRUNC);
    while (length < 0 && errno == EINTR);
    if (length > (ssize_t)size) {
        errno = EMSGSIZE;
        return -1;
    }
    return length;
}

static int error_in(const struct nlmsghdr *header) {
    const struct nlmsgerr *error = NLMSG_DATA(header);
    return header->nlmsg_len < NLMSG_LENGTH(sizeof *error) ? EBADMSG : -error->error;
}

int rt_send(int fd, struct rt_message *message) {
    _Alignas(NLMSG_ALIGNTO) uint8_t answer[4096];
    struct nlmsghdr *header = header_of(message);
    header->nlmsg_flags |= NLM_F_ACK;
    if (send(fd, header, header->nlmsg_len, 0) < 0)
        return errno;
    ssize_t length = receive(fd, answer, sizeof answer);
    if (length < 0)
        return errno;
    const struct nlmsghdr *first = (const struct nlmsghdr *)(const void *)answer;
    if (!NLMSG_OK(first, (size_t)length) || first->nlmsg_type != NLMSG_ERROR)
        return EBADMSG;
    return error_in(first);
}

// Tells whether the messages include the last one. `error` is what the kernel answered.
static bool take(struct buffer *found, const uint8_t *data, size_t size, int *error) {
    const struct nlmsghdr *header = (const struct nlmsghdr *)(const void *)data;
    for (; NLMSG_OK(header, size); header = NLMSG_NEXT(header, size)) {
        if (header->nlmsg_type == NLMSG_ERROR)
            *error = error_in(header);
        if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR)
            return true;
        size_t space = NLMSG_ALIGN(header->nlmsg_len);
        memcpy(buffer_space(found, space), header, header->nlmsg_len);
        buffer_grew(found, space);
    }
    return false;
}

int rt_dump(int fd, uint16_t type, struct buffer *found) {
    struct rt_message message;
    // Asks for every family and interface: in a request of the old style the kernel reads only this much.
    struct rtgenmsg all = {.rtgen_family = AF_UNSPEC};
    int error = 0;
    rt_begin(&message, type, NLM_F_DUMP, &all, sizeof all);
    struct nlmsghdr *header = header_of(&message);
    if (send(fd, header, header->nlmsg_len, 0) < 0)
        return errno;
    uint8_t *data = allocate(RECEIVED_AT_ONCE);
    ssize_t length;
    do
        length = receive(fd, data, RECEIVED_AT_ONCE);
    while (length > 0 && !take(found, data, (size_t)length, &error));
    if (length <= 0)
        error = length < 0 ? errno : EBADMSG;
    free(data);
    return error;
}

const struct nlmsghdr *rt_next(const struct buffer *found, const struct nlmsghdr *previous) {
    const uint8_t *start = buffer_data(found);
    size_t at = 0;
    if (previous)
        at = (size_t)((const uint8_t *)previous - start) + NLMSG_ALIGN(previous->nlmsg_len);
    return at < found->length ? (const struct nlmsghdr *)(const void *)(start + at) : NULL;
}

const struct rtattr *rt_find(const struct nlmsghdr *header, size_t size, uint16_t type) {
    if (header->nlmsg_len < NLMSG_LENGTH(size))
        return NULL;
    size_t left = header->nlmsg_len - NLMSG_LENGTH(size);
    const uint8_t *at = (const uint8_t *)NLMSG_DATA(header) + NLMSG_ALIGN(size);
    const struct rtattr *attribute = (const struct rtattr *)(const void *)at;
    for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
        if ((attribute->rta_type & NLA_TYPE_MASK) == type)
            return attribute;
    return NULL;
}
