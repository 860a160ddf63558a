// The channels to the host. A virtio port whose host end is closed polls as hung up and reads as end of file until a
// host connects again. Meanwhile a timer polls the port, because epoll would report the hang-up without end.
#include "channel/port.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/base.h"
#include "channel/findport.h"

enum { FIRST_PATIENCE_MS = 5, LAST_PATIENCE_MS = 100, FLUSH_PAUSE_MS = 5 };

static uint8_t token[TOKEN_SIZE];
static bool has_token;

void ports_set_token(const uint8_t *bytes) {
    has_token = bytes != NULL;
    if (has_token)
        memcpy(token, bytes, sizeof token);
}

// While the host is away only the timer polls the port.
static void update(struct port *port) {
    if (port->away) {
        watch_stop(&port->watch);
        timer_start(&port->retry, port->patience);
        return;
    }
    uint32_t events = 0;
    if (!port->paused && port->room(port) > 0)
        events |= EPOLLIN;
    if (port->out.length > 0)
        events |= EPOLLOUT;
    watch_for(&port->watch, events);
}

// A host that comes back must read the start of a frame first.
static void drop_unsent(struct port *port) {
    if (port->forgets)
        buffer_consume(&port->out, port->out.length);
    else if (port->frame_begun)
        buffer_consume(&port->out, port->frame_left);
    port->frame_begun = false;
    port->frame_left = 0;
}

// All that the host had sent was read before. What is left of it is the start of a message.
static void host_left(struct port *port) {
    if (mode.host && !port->path)
        power_off(0);
    if (!port->away) {
        port->away = true;
        port->token_due = port->forgets && has_token;
        port->patience = FIRST_PATIENCE_MS;
        drop_unsent(port);
        buffer_consume(&port->in, port->in.length);
        port->reset(port);
    } else {
        port->patience = port->patience * 2 < LAST_PATIENCE_MS ? port->patience * 2 : LAST_PATIENCE_MS;
    }
    update(port);
}

static void count_written(struct port *port, size_t count) {
    if (port->forgets) {
        buffer_consume(&port->out, count);
        return;
    }
    while (count > 0) {
        if (port->frame_left == 0)
            port->frame_left = get_be32(buffer_data(&port->out) + port->length_offset);
        size_t part = count < port->frame_left ? count : port->frame_left;
        buffer_consume(&port->out, part);
        port->frame_left -= part;
        port->frame_begun = port->frame_left > 0;
        count -= part;
    }
}

static void write_out(struct port *port) {
    while (port->out.length > 0) {
        ssize_t count = write(port->watch.fd, buffer_data(&port->out), port->out.length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        count_written(port, (size_t)count);
    }
}

static void read_in(struct port *port) {
    size_t room = port->room(port);
    if (port->paused || room == 0)
        return;
    uint8_t *space = buffer_space(&port->in, room);
    size_t filled = 0;
    ssize_t count;
    // The driver gives a page at a time. To pass on many at once wakes their reader only once.
    do {
        count = read(port->watch.fd, space + filled, room - filled);
        if (count > 0)
            filled += (size_t)count;
    } while (count > 0 && filled < room);
    int error = errno;
    if (filled > 0) {
        buffer_grew(&port->in, filled);
        port->received(port, filled);
    }
    // The driver may have the next host already, and say nothing of this one's end again.
    if (!port->away && (count == 0 || (count < 0 && error != EAGAIN && error != EINTR)))
        host_left(port);
}

static void port_ready(struct watch *watch, uint32_t events) {
    struct port *port = (struct port *)watch;
    if (events & EPOLLOUT) {
        size_t before = port->out.length;
        write_out(port);
        if (port->out.length < before)
            port->drained(port);
    }
    if (events & EPOLLIN)
        read_in(port);
    if ((events & (EPOLLHUP | EPOLLERR)) && !(events & EPOLLIN) && !port->away)
        host_left(port);
    else if (!port->away)
        update(port);
}

static void use_descriptor(struct port *port, int fd) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
        fatal("port %s: %s", port->name, strerror(errno));
    watch_init(&port->watch, fd, port_ready);
}

static void host_returned(struct port *port) {
    port->away = false;
    if (port->token_due) {
        buffer_append(&port->out, token, sizeof token);
        write_out(port);
    }
    port->returned(port);
    if (!port->away)
        update(port);
}

// Whether there is a host. On a host the tests' next one listens at the same path.
static bool host_is_there(struct port *port) {
    if (!mode.host) {
        struct pollfd look = {.fd = port->watch.fd, .events = POLLIN};
        return poll(&look, 1, 0) >= 0 && !(look.revents & (POLLHUP | POLLERR));
    }
    int fd = socket_connect(port->path);
    if (fd < 0)
        return false;
    close_fd(&port->watch.fd);
    use_descriptor(port, fd);
    return true;
}

static void look_again(struct timer *timer) {
    struct port *port = (struct port *)((char *)timer - offsetof(struct port, retry));
    if (host_is_there(port))
        host_returned(port);
    else
        host_left(port);
}

void port_open(struct port *port, int fd) {
    port->path = mode.reconnect ? socket_path(fd) : NULL;
    use_descriptor(port, fd);
    port->retry.expired = look_again;
    update(port);
}

void port_close(struct port *port) {
    timer_stop(&port->retry);
    watch_stop(&port->watch);
    close_fd(&port->watch.fd);
    buffer_free(&port->in);
    buffer_free(&port->out);
    free(port->path);
    port->path = NULL;
}

void port_forget_when_away(struct port *port) {
    port->forgets = true;
}

void port_send(struct port *port, const void *header, size_t header_size, const void *data, size_t size) {
    if (port->away && port->forgets)
        return;
    bool idle = port->out.length == 0;
    buffer_append(&port->out, header, header_size);
    buffer_append(&port->out, data, size);
    if (port->away)
        return;
    if (idle)
        write_out(port);
    update(port);
}

void port_send_frame(struct port *port, const uint8_t *frame, size_t size) {
    if (port->away && port->forgets)
        return;
    size_t written = 0;
    bool idle = !port->away && port->out.length == 0;
    while (idle && written < size) {
        ssize_t count = write(port->watch.fd, frame + written, size - written);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        written += (size_t)count;
    }
    buffer_append(&port->out, frame + written, size - written);
    if (written > 0 && written < size) {
        port->frame_left = size - written;
        port->frame_begun = true;
    }
    if (!port->away)
        update(port);
}

void port_look(struct port *port) {
    if (!port->away && port->watch.fd >= 0)
        update(port);
}

void port_pause(struct port *port, bool paused) {
    if (port->paused == paused)
        return;
    port->paused = paused;
    if (!port->away)
        update(port);
}

bool port_flush(struct port *port, int milliseconds) {
    int64_t deadline = now_milliseconds() + milliseconds;
    while (port->out.length > 0) {
        int64_t left = deadline - now_milliseconds();
        if (left <= 0)
            return false;
        struct pollfd wait = {.fd = port->watch.fd, .events = POLLOUT};
        if (poll(&wait, 1, (int)left) < 0 && errno != EINTR)
            return false;
        if (wait.revents & POLLOUT)
            write_out(port);
        else if (wait.revents & (POLLHUP | POLLERR))
            usleep(FLUSH_PAUSE_MS * 1000);
    }
    return true;
}
