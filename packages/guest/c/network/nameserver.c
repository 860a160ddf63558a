// A query goes to the host with the asker's address before it, and the answer comes back with the same address. So
// nothing is kept here but the number of queries under way.
#include "network/nameserver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json.h"
#include "base/loop.h"
#include "channel/control.h"

// The head is an address and a port. Further queries wait in the socket. The kernel drops those beyond its buffer.
enum { HEAD = 6, LONGEST = 4096, MOST_UNDER_WAY = 64 };

static struct watch queries = {.fd = -1};
static unsigned under_way;

static void take(struct watch *watch, uint32_t events) {
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    uint8_t query[HEAD + LONGEST];
    (void)events;
    ssize_t size = recvfrom(watch->fd, query + HEAD, LONGEST, 0, (struct sockaddr *)&from, &length);
    if (size <= 0)
        return;
    memcpy(query, &from.sin_addr, 4);
    memcpy(query + 4, &from.sin_port, 2);
    control_event(QUERY, query, HEAD + (size_t)size);
    if (++under_way == MOST_UNDER_WAY)
        watch_stop(watch);
}

static bool bind_to(struct sockaddr_in *address, struct failure *failure) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)address, sizeof *address) < 0) {
        fail_errno(failure, errno, "listening for name queries");
        close_fd(&fd);
        return false;
    }
    watch_init(&queries, fd, take);
    watch_for(&queries, EPOLLIN);
    return true;
}

bool nameserver_open(struct json_object *json, struct failure *failure) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    const char *text;
    int64_t port;
    if (!json_text(json, "address", NULL, &text, failure) ||
        !json_integer(json, "port", 1, UINT16_MAX, 53, &port, failure))
        return false;
    if (inet_pton(AF_INET, text, &address.sin_addr) != 1)
        return fail(failure, "INVALID", "address is \"%.60s\", it must be one of IPv4", text);
    address.sin_port = htons((uint16_t)port);
    if (queries.fd >= 0)
        return fail(failure, "EXISTS", "there is a name server already");
    // On a host the tests' guest would take the host's queries.
    if (mode.host && !mode.network)
        return fail(failure, "INVALID", "this guest does not set up networks");
    return bind_to(&address, failure);
}

bool nameserver_reply(const uint8_t *data, size_t size, struct failure *failure) {
    struct sockaddr_in to = {.sin_family = AF_INET};
    if (queries.fd < 0 || size < HEAD || under_way == 0)
        return fail(failure, "INVALID", "an answer of %zu bytes to no query", size);
    memcpy(&to.sin_addr, data, 4);
    memcpy(&to.sin_port, data + 4, 2);
    if (under_way-- == MOST_UNDER_WAY)
        watch_for(&queries, EPOLLIN);
    // The asker may have ended.
    if (size > HEAD && sendto(queries.fd, data + HEAD, size - HEAD, 0, (struct sockaddr *)&to, sizeof to) < 0)
        log_line("answering a name query: %s", strerror(errno));
    return true;
}

void nameserver_forget(void) {
    watch_stop(&queries);
    close_fd(&queries.fd);
    under_way = 0;
}
