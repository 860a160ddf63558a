// The stdio channel: parses the host's frames.
#include "channel/streams.h"

#include "base/base.h"
#include "base/buffer.h"
#include "channel/control.h"
#include "channel/input.h"
#include "channel/output.h"
#include "channel/port.h"
#include "channel/streamtable.h"

enum { FRAME_LIMIT = MESSAGE_LIMIT, READ_AT_ONCE = 64 * 1024 };

// The data frame that is being received: its payload is passed on as it comes.
static uint64_t incoming_session;
static size_t incoming_left;

static void (*host_left)(void);

// Consumes one piece of the buffer: a header, a mark, or as much data as there is.
static bool take_piece(void) {
    const uint8_t *data = buffer_data(&stdio_port.in);
    if (incoming_left > 0) {
        size_t part = stdio_port.in.length < incoming_left ? stdio_port.in.length : incoming_left;
        if (part == 0)
            return false;
        input_received(incoming_session, data, part);
        incoming_left -= part;
        buffer_consume(&stdio_port.in, part);
        return true;
    }
    if (stdio_port.in.length < STREAM_HEADER)
        return false;
    uint64_t session = get_be64(data);
    uint32_t length = get_be32(data + 8);
    if (length < STREAM_HEADER || length > FRAME_LIMIT)
        fatal("a stdio frame of %u bytes, it must be %d to %d: the framing is lost", length, STREAM_HEADER,
              FRAME_LIMIT);
    bool mark = control_extended() && (session & STREAM_MARK) && length == STREAM_HEADER + MARK_SIZE;
    if (mark && stdio_port.in.length < length)
        return false;
    if (mark)
        output_mark_received(session & ~STREAM_MARK, get_be64(data + STREAM_HEADER),
                             get_be64(data + STREAM_HEADER + 8) == 1);
    else if (length == STREAM_HEADER)
        input_ended(session);
    else
        incoming_left = length - STREAM_HEADER;
    incoming_session = session;
    buffer_consume(&stdio_port.in, mark ? length : STREAM_HEADER);
    return true;
}

static size_t room(struct port *self) {
    (void)self;
    return READ_AT_ONCE;
}

static void received(struct port *self, size_t count) {
    (void)self;
    (void)count;
    while (take_piece()) {
    }
    input_send_due_marks();
}

static void reset(struct port *self) {
    (void)self;
    incoming_left = 0;
    // In the base protocol all waits in the port's queue.
    if (control_extended())
        output_hold();
    host_left();
}

static void resume(void) {
    output_resume();
    input_send_marks();
}

// A guest without a token has no RESUME to wait for.
static void returned(struct port *self) {
    if (control_extended() && !self->token_due)
        resume();
}

static void drained(struct port *self) {
    (void)self;
    output_queue_changed();
}

void streams_open(int fd, void (*left)(void)) {
    host_left = left;
    stdio_port.room = room;
    stdio_port.received = received;
    stdio_port.reset = reset;
    stdio_port.returned = returned;
    stdio_port.drained = drained;
    port_open(&stdio_port, fd);
}

void streams_close(void) {
    port_close(&stdio_port);
    output_close();
}

void streams_negotiate(uint32_t window) {
    output_set_window(window);
    port_forget_when_away(&stdio_port);
    // The host has connected to the control channel first: this one is looked at again in a moment.
    if (stdio_port.away)
        output_hold();
}

bool streams_resume(void) {
    if (stdio_port.away)
        return false;
    resume();
    return true;
}

bool streams_flush(int milliseconds) {
    return port_flush(&stdio_port, milliseconds);
}

bool streams_knows(uint64_t session) {
    return stream_find(session, true) || stream_find(session, false);
}

struct stream *stream_output(uint64_t session, int fd, void (*over)(void *, uint64_t), void *owner) {
    return output_add(session, fd, over, owner);
}

struct stream *stream_input(uint64_t session, int fd) {
    return input_add(session, fd);
}

void stream_use_terminal(struct stream *stream, int fd) {
    stream->terminal = true;
    stream->watch.fd = fd;
}

void stream_use_socket(struct stream *stream) {
    stream->socket = true;
}

void stream_start(struct stream *stream) {
    stream->started = true;
    if (stream->input)
        input_start(stream);
    else
        output_start(stream);
}

struct progress stream_progress(const struct stream *stream) {
    if (stream->input)
        return (struct progress){stream->received, stream->taken, stream->end_of_file};
    return (struct progress){.bytes = stream->passed};
}

uint64_t stream_written(const struct stream *stream, bool *open) {
    return output_written(stream, open);
}

void stream_drop(struct stream *stream) {
    stream_remove(stream);
}

void send_exit_frame(uint64_t session, int status) {
    uint8_t code = (uint8_t)status;
    stream_send_frame(session, &code, 1);
}
