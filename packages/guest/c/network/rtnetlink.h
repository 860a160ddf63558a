// Requests to the kernel's network configuration (rtnetlink(7)): one message at a time, each acknowledged.
#ifndef RUNV_RTNETLINK_H
#define RUNV_RTNETLINK_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "base/base.h"
#include "base/buffer.h"

struct rt_message {
    _Alignas(NLMSG_ALIGNTO) uint8_t bytes[1024];
};

// A socket, or -1 and a failure.
int rt_open(struct failure *failure);

// `body` is the header of the message's family, such as struct ifinfomsg.
void rt_begin(struct rt_message *message, uint16_t type, uint16_t flags, const void *body, size_t size);
void rt_put(struct rt_message *message, uint16_t type, const void *data, size_t size);
void rt_put_number(struct rt_message *message, uint16_t type, uint32_t number);
// Attributes up to rt_end() are inside this one. Gives the argument of rt_end().
size_t rt_nest(struct rt_message *message, uint16_t type);
void rt_end(struct rt_message *message, size_t nest);
// 0, or the errno that the kernel answered.
int rt_send(int fd, struct rt_message *message);

// Appends all that the kernel has of a type (RTM_GETLINK, …) to `found`. Gives 0 or an errno.
int rt_dump(int fd, uint16_t type, struct buffer *found);
// The message of a dump after `previous`, or the first for NULL. Gives NULL after the last.
const struct nlmsghdr *rt_next(const struct buffer *found, const struct nlmsghdr *previous);
// The attribute of a message whose family's header has `size` bytes, or NULL.
const struct rtattr *rt_find(const struct nlmsghdr *header, size_t size, uint16_t type);

#endif
