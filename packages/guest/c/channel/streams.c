// The stdio channel. A stream whose receiver gives no credit waits alone: its pipe is not read, its buffer is
// bounded by the window, and nobody else notices. The queue towards the host is bounded by not reading pipes
// while it is long.
#include "channel/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "channel/control.h"
#include "channel/port.h"

enum {
    HEADER = 12,
    CHUNK = 64 * 1024, // with its header: the port takes 32 KiB at a time
    PIPE_SIZE = 256 * 1024,
    QUEUE_HIGH = 256 * 1024,
    QUEUE_LOW = 128 * 1024,
    GIVE_CREDIT_AT = INPUT_WINDOW / 4,
    FRAME_LIMIT = MESSAGE_LIMIT,
    READ_AT_ONCE = 64 * 1024,
};

#define CREDIT_BIT (UINT64_C(1) << 63)

struct stream {
    struct watch watch;
    struct stream *next;
    uint64_t session;
    bool input, started, terminal;
    bool busy; // its pipe was full once, and was made larger
    // Output: how many bytes the host takes, and whom to tell of the end.
    uint64_t credit;
    void (*ended)(void *owner);
    void *owner;
    // Input: what the process has not taken yet, and what the host has not got back.
    struct buffer buffer;
    bool end_of_file, refused;
    uint32_t owed;
};

static struct port port = {.name = "sh.hyper.channel.1", .length_offset = 8};
static struct stream *streams;
static uint64_t output_window = UINT64_MAX; // the base protocol knows no credit
static bool queue_full;
static uint8_t chunk[CHUNK]; // a frame: the header, then the data
// The data frame that is coming in: its payload is passed on as it comes.
static uint64_t incoming_session;
static size_t incoming_left;

static struct stream *find(uint64_t session, bool input) {
    for (struct stream *stream = streams; stream; stream = stream->next)
        if (stream->session == session && stream->input == input)
            return stream;
    return NULL;
}

bool streams_knows(uint64_t session) {
    return find(session, true) || find(session, false);
}

static void put_header(uint8_t *header, uint64_t session, size_t size) {
    put_be64(header, session);
    put_be32(header + 8, (uint32_t)(HEADER + size));
}

static void send_frame(uint64_t session, const void *data, size_t size) {
    uint8_t header[HEADER];
    put_header(header, session, size);
    port_send(&port, header, sizeof header, data, size);
}

void send_exit_frame(uint64_t session, int status) {
    uint8_t code = (uint8_t)status;
    send_frame(session, &code, 1);
}

// Without credit only the hang-up is of interest: an empty pipe's end of file costs no credit.
static void watch_output(struct stream *stream) {
    if (!stream->started || queue_full)
        watch_stop(&stream->watch);
    else
        watch_for(&stream->watch, stream->credit > 0 ? EPOLLIN : 0);
}

static void queue_changed(void) {
    bool full = queue_full ? port.out.length > QUEUE_LOW : port.out.length > QUEUE_HIGH;
    if (full == queue_full)
        return;
    queue_full = full;
    for (struct stream *stream = streams; stream; stream = stream->next)
        if (!stream->input)
            watch_output(stream);
}

static void unlink_stream(struct stream *stream) {
    for (struct stream **link = &streams; *link; link = &(*link)->next)
        if (*link == stream) {
            *link = stream->next;
            break;
        }
}

void stream_drop(struct stream *stream) {
    unlink_stream(stream);
    watch_stop(&stream->watch);
    close_fd(&stream->watch.fd);
    buffer_free(&stream->buffer);
    free(stream);
}

static void end_output(struct stream *stream) {
    send_frame(stream->session, NULL, 0);
    void (*ended)(void *) = stream->ended;
    void *owner = stream->owner;
    stream_drop(stream);
    ended(owner);
}

// Whoever moves much changes places with PID 1 less often.
static void enlarge_pipe(struct stream *stream) {
    if (stream->busy || stream->terminal)
        return;
    stream->busy = true;
    if (fcntl(stream->watch.fd, F_SETPIPE_SZ, PIPE_SIZE) < 0)
        log_line("session %llu: a larger pipe: %s", (unsigned long long)stream->session, strerror(errno));
}

static void count_output(struct stream *stream, size_t count) {
    if (count == CHUNK - HEADER)
        enlarge_pipe(stream);
    if (stream->credit != UINT64_MAX)
        stream->credit -= count;
    watch_output(stream);
    queue_changed();
}

static void read_output(struct stream *stream) {
    size_t most = stream->credit < CHUNK - HEADER ? (size_t)stream->credit : CHUNK - HEADER;
    ssize_t count = read(stream->watch.fd, chunk + HEADER, most);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    // A terminal without a process on it reads as EIO.
    if (count <= 0) {
        end_output(stream);
        return;
    }
    put_header(chunk, stream->session, (size_t)count);
    port_send_frame(&port, chunk, HEADER + (size_t)count);
    count_output(stream, (size_t)count);
}

static void output_ready(struct watch *watch, uint32_t events) {
    struct stream *stream = (struct stream *)watch;
    if (stream->credit > 0) {
        read_output(stream);
        return;
    }
    int waiting = 0;
    if (!(events & (EPOLLHUP | EPOLLERR)))
        return;
    if (ioctl(watch->fd, FIONREAD, &waiting) < 0 || waiting == 0)
        end_output(stream);
    else
        watch_stop(watch);
}

static void owe_credit(struct stream *stream, size_t count) {
    if (!control_extended())
        return;
    stream->owed += (uint32_t)count;
    if (stream->owed < GIVE_CREDIT_AT)
        return;
    uint8_t credit[4];
    put_be32(credit, stream->owed);
    stream->owed = 0;
    send_frame(stream->session | CREDIT_BIT, credit, sizeof credit);
}

// Gives how much of it the process took. One that has closed its stdin takes nothing more, but its sender must
// not notice by standing still.
static size_t pass_on(struct stream *stream, const uint8_t *data, size_t size) {
    size_t taken = 0;
    while (taken < size && !stream->refused) {
        ssize_t count = write(stream->watch.fd, data + taken, size - taken);
        if (count >= 0)
            taken += (size_t)count;
        else if (errno == EAGAIN)
            break;
        else if (errno != EINTR)
            stream->refused = true;
    }
    if (stream->refused)
        taken = size;
    owe_credit(stream, taken);
    return taken;
}

static void finish_input(struct stream *stream) {
    watch_stop(&stream->watch);
    if (stream->end_of_file && !stream->terminal)
        close_fd(&stream->watch.fd);
}

// The base protocol has no credit: there a full buffer holds the whole channel.
static void pause_base_port(void) {
    bool full = false;
    for (struct stream *stream = streams; stream; stream = stream->next)
        full = full || (stream->input && stream->buffer.length >= INPUT_WINDOW);
    port_pause(&port, full && !control_extended());
}

static void write_input(struct stream *stream) {
    if (stream->buffer.length > 0)
        buffer_consume(&stream->buffer,
                       pass_on(stream, buffer_data(&stream->buffer), stream->buffer.length));
    if (stream->buffer.length == 0)
        finish_input(stream);
    else
        watch_for(&stream->watch, EPOLLOUT);
    if (port.paused)
        pause_base_port();
}

static void input_ready(struct watch *watch, uint32_t events) {
    struct stream *stream = (struct stream *)watch;
    (void)events;
    write_input(stream);
}

static void input_received(uint64_t session, const uint8_t *data, size_t size) {
    struct stream *stream = find(session, true);
    if (!stream || stream->end_of_file)
        return;
    if (stream->refused) {
        owe_credit(stream, size);
        return;
    }
    if (control_extended() && stream->buffer.length + size > INPUT_WINDOW) {
        log_line("session %llu: the host sent more than its credit, %zu bytes are dropped",
                 (unsigned long long)session, size);
        return;
    }
    // What the process takes at once is not copied.
    size_t taken = stream->started && stream->buffer.length == 0 ? pass_on(stream, data, size) : 0;
    buffer_append(&stream->buffer, data + taken, size - taken);
    if (stream->started && stream->buffer.length > 0)
        watch_for(&stream->watch, EPOLLOUT);
    if (!control_extended() && stream->buffer.length >= INPUT_WINDOW)
        pause_base_port();
}

static void input_ended(uint64_t session) {
    struct stream *stream = find(session, true);
    if (!stream || stream->end_of_file)
        return;
    stream->end_of_file = true;
    if (stream->started && stream->buffer.length == 0)
        finish_input(stream);
}

static void credit_received(uint64_t session, uint32_t count) {
    struct stream *stream = find(session, false);
    if (!stream || stream->credit == UINT64_MAX)
        return;
    stream->credit += count;
    watch_output(stream);
}

// Takes one piece off the front of the buffer: a header, a credit, or as much data as there is.
static bool take_piece(void) {
    const uint8_t *data = buffer_data(&port.in);
    if (incoming_left > 0) {
        size_t part = port.in.length < incoming_left ? port.in.length : incoming_left;
        if (part == 0)
            return false;
        input_received(incoming_session, data, part);
        incoming_left -= part;
        buffer_consume(&port.in, part);
        return true;
    }
    if (port.in.length < HEADER)
        return false;
    uint64_t session = get_be64(data);
    uint32_t length = get_be32(data + 8);
    if (length < HEADER || length > FRAME_LIMIT)
        fatal("a stdio frame of %u bytes, it must be %d to %d: the framing is lost", length, HEADER,
              FRAME_LIMIT);
    bool credit = control_extended() && (session & CREDIT_BIT) && length == HEADER + 4;
    if (credit && port.in.length < length)
        return false;
    if (credit)
        credit_received(session & ~CREDIT_BIT, get_be32(data + HEADER));
    else if (length == HEADER)
        input_ended(session);
    else
        incoming_left = length - HEADER;
    incoming_session = session;
    buffer_consume(&port.in, credit ? length : HEADER);
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
}

static void reset(struct port *self) {
    (void)self;
    incoming_left = 0;
}

static void drained(struct port *self) {
    (void)self;
    queue_changed();
}

void streams_open(int fd) {
    port.room = room;
    port.received = received;
    port.reset = reset;
    port.drained = drained;
    port_open(&port, fd);
}

void streams_close(void) {
    port_close(&port);
}

void streams_negotiate(uint32_t window) {
    output_window = window;
}

bool streams_flush(int milliseconds) {
    return port_flush(&port, milliseconds);
}

static struct stream *add(uint64_t session, int fd, void (*ready)(struct watch *, uint32_t)) {
    struct stream *stream = allocate(sizeof *stream);
    watch_init(&stream->watch, fd, ready);
    stream->session = session;
    stream->next = streams;
    streams = stream;
    return stream;
}

struct stream *stream_output(uint64_t session, int fd, void (*ended)(void *), void *owner) {
    struct stream *stream = add(session, fd, output_ready);
    stream->credit = output_window;
    stream->ended = ended;
    stream->owner = owner;
    return stream;
}

struct stream *stream_input(uint64_t session, int fd) {
    struct stream *stream = add(session, fd, input_ready);
    stream->input = true;
    return stream;
}

void stream_use_terminal(struct stream *stream, int fd) {
    stream->terminal = true;
    stream->watch.fd = fd;
}

void stream_start(struct stream *stream) {
    stream->started = true;
    if (stream->input)
        write_input(stream);
    else
        watch_output(stream);
}
