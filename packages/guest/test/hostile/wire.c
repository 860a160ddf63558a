#include "wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"

static bool wait_for(int fd, short events) {
    struct pollfd polled = {.fd = fd, .events = events};
    return poll(&polled, 1, -1) > 0 || errno == EINTR;
}

bool wire_write(int fd, const void *bytes, size_t size) {
    const char *at = bytes;
    while (size > 0) {
        ssize_t written = write(fd, at, size);
        if (written < 0 && errno == EAGAIN && wait_for(fd, POLLOUT))
            continue;
        if (written <= 0)
            return false;
        at += written;
        size -= (size_t)written;
    }
    return true;
}

static bool read_all(int fd, void *bytes, size_t size) {
    char *at = bytes;
    while (size > 0) {
        ssize_t got = read(fd, at, size);
        if (got < 0 && errno == EAGAIN && wait_for(fd, POLLIN))
            continue;
        if (got <= 0)
            return false;
        at += got;
        size -= (size_t)got;
    }
    return true;
}

bool wire_say(struct wire *wire, uint32_t code, uint32_t id, const void *payload, size_t size) {
    uint8_t header[12];
    size_t length = wire->extended ? 12 : 8;
    put_be32(header, code);
    put_be32(header + 4, (uint32_t)(length + size));
    put_be32(header + 8, id);
    return wire_write(wire->control, header, length) && wire_write(wire->control, payload, size);
}

bool wire_read(struct wire *wire, struct command *command) {
    uint8_t header[12] = {0};
    size_t length = wire->extended ? 12 : 8;
    if (!read_all(wire->control, header, length))
        return false;
    command->code = get_be32(header);
    command->size = get_be32(header + 4) - length;
    command->id = wire->extended ? get_be32(header + 8) : 0;
    if (command->size >= sizeof command->payload || !read_all(wire->control, command->payload, command->size))
        return false;
    command->payload[command->size] = 0;
    if (wire->extended)
        return true;
    uint8_t taken[4];
    put_be32(taken, (uint32_t)(length + command->size));
    return wire_say(wire, 14, 0, taken, sizeof taken);
}

bool wire_end_of_file(struct wire *wire, uint64_t session) {
    uint8_t frame[12];
    put_be64(frame, session);
    put_be32(frame + 8, sizeof frame);
    return wire_write(wire->stdio, frame, sizeof frame);
}
