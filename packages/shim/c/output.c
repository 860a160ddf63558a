// Writes an output's ring to its target. Without a reader everything counts as passed on, and is thrown away.
#include "output.h"

#include <errno.h>

void output_open(struct output *output, int fd) {
    if (!descriptor_open(&output->target, fd))
        descriptor_close(&output->target);
}

void output_own(struct output *output, int fd) {
    descriptor_own(&output->target, fd);
    awaited_begin(&output->reader, fd);
}

// Only while there is something to write: a broken pipe would be told of without end.
void output_poll(const struct output *output, struct pollfd *polled) {
    bool writable = output->ring.end > output->ring.begin && !output->reader.waiting;
    polled->fd = writable ? output->target.fd : -1;
    polled->events = POLLOUT;
}

static void throw_away(struct output *output) {
    output->ring.begin = output->ring.end;
}

// A full disk may have room again for what comes later; a reader that is gone does not come back.
static void failed(struct output *output, int error) {
    if (error == EPIPE)
        descriptor_close(&output->target);
    throw_away(output);
}

static void close_at_end(struct output *output) {
    if (output->ended && output->ring.begin == output->last && !output->reader.waiting)
        descriptor_close(&output->target);
}

void output_ready(struct output *output) {
    struct span span = ring_from(&output->ring, output->ring.begin);
    if (span.size == 0)
        return;
    ssize_t count = descriptor_write(&output->target, span.at, span.size);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count < 0)
        failed(output, errno);
    else
        output->ring.begin += (uint64_t)count;
    close_at_end(output);
}

bool output_receive(struct output *output, uint64_t offset, const uint8_t *from, size_t size) {
    struct ring *ring = &output->ring;
    if (offset > ring->end || size > UINT64_MAX - offset)
        return false;
    uint64_t known = ring->end - offset;
    if (known >= size)
        return true;
    from += known;
    size -= (size_t)known;
    if (output->ended || size > ring_room(ring))
        return false;
    ring_append(ring, from, size);
    if (output->target.fd < 0)
        throw_away(output);
    return true;
}

bool output_end(struct output *output, uint64_t offset) {
    if (offset != output->ring.end)
        return false;
    output->ended = true;
    output->last = offset;
    awaited_ends(&output->reader);
    close_at_end(output);
    return true;
}

void output_look(struct output *output) {
    if (!output->reader.waiting)
        return;
    enum awaited_found found = awaited_look(&output->reader, output->target.fd);
    if (found == NOT_YET)
        return;
    if (found == GIVEN_UP) {
        descriptor_close(&output->target);
        throw_away(output);
    }
    close_at_end(output);
}

int output_wait(const struct output *output) {
    return awaited_wait(&output->reader);
}

bool output_awaits_last_reader(const struct output *output) {
    return output->reader.waiting && output->ended && output->ring.begin == output->last;
}

bool output_should_say(const struct output *output) {
    uint64_t unsaid = output->ring.begin - output->said;
    return unsaid >= output->ring.size / 4 || (unsaid > 0 && output->ring.begin == output->ring.end);
}
