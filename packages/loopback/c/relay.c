#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

struct direction {
    int from, to;
    size_t begin, end; // of what is still to be written
    bool read_all, over;
    char bytes[32 * 1024];
};

static bool would_wait(void) {
    return errno == EAGAIN || errno == EINTR;
}

// False when a connection has failed.
static bool fill(struct direction *direction) {
    ssize_t count = read(direction->from, direction->bytes, sizeof direction->bytes);
    if (count < 0)
        return would_wait();
    direction->begin = 0;
    direction->end = (size_t)count;
    direction->read_all = count == 0;
    return true;
}

static bool drain(struct direction *direction) {
    ssize_t count = write(direction->to, direction->bytes + direction->begin, direction->end - direction->begin);
    if (count < 0)
        return would_wait();
    direction->begin += (size_t)count;
    return true;
}

static bool step(struct direction *direction) {
    bool well = direction->begin < direction->end || direction->read_all || fill(direction);
    if (well && direction->begin < direction->end)
        well = drain(direction);
    if (well && direction->read_all && !direction->over) {
        direction->over = true;
        well = shutdown(direction->to, SHUT_WR) == 0;
    }
    return well;
}

static short events(const struct direction *reads, const struct direction *writes) {
    return (short)((!reads->read_all && reads->begin == reads->end ? POLLIN : 0) |
                   (writes->begin < writes->end ? POLLOUT : 0));
}

void relay(int one, int other) {
    static struct direction there, back;
    there.from = back.to = one;
    there.to = back.from = other;
    if (fcntl(one, F_SETFL, O_NONBLOCK) < 0 || fcntl(other, F_SETFL, O_NONBLOCK) < 0)
        return;
    while (!there.over || !back.over) {
        struct pollfd polled[] = {{.fd = one, .events = events(&there, &back)},
                                  {.fd = other, .events = events(&back, &there)}};
        // Neither is waited for: a hang-up would be said without end.
        for (int i = 0; i < 2; i++)
            if (polled[i].events == 0)
                polled[i].fd = -1;
        if (poll(polled, 2, -1) < 0 && errno != EINTR)
            return;
        if (!step(&there) || !step(&back))
            return;
    }
}
