// The window bounds the buffer of a process that does not read, and no other stream notices.
#include "channel/input.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel/control.h"
#include "channel/output.h"

enum { MARK_AT = INPUT_WINDOW / 4 };

static bool marks_due;

static void send_mark(struct stream *stream) {
    uint8_t mark[MARK_SIZE];
    stream->mark_due = false;
    // A host that comes back gets it when it resumes.
    if (!control_extended() || output_is_held())
        return;
    put_be64(mark, stream->received);
    put_be64(mark + 8, stream->taken);
    stream->taken_marked = stream->taken;
    stream_send_frame(stream->session | STREAM_MARK, mark, sizeof mark);
}

void input_send_marks(void) {
    for (struct stream *stream = all_streams; stream; stream = stream->next)
        if (stream->input)
            send_mark(stream);
}

void input_send_due_marks(void) {
    if (!marks_due)
        return;
    marks_due = false;
    for (struct stream *stream = all_streams; stream; stream = stream->next)
        if (stream->mark_due)
            send_mark(stream);
}

static void count_received(struct stream *stream, size_t size) {
    stream->received += size;
    stream->mark_due = marks_due = true;
}

// Gives how many bytes the process took. Bytes for a process that has closed its stdin are dropped, so that the sender
// does not block.
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
    stream->taken += taken;
    return taken;
}

static void finish_input(struct stream *stream) {
    watch_stop(&stream->watch);
    if (!stream->end_of_file || stream->terminal)
        return;
    // Its other direction has a descriptor of its own. Whoever is at the other end may have gone.
    if (stream->socket)
        (void)shutdown(stream->watch.fd, SHUT_WR);
    close_fd(&stream->watch.fd);
}

// The base protocol has no window: there a full buffer pauses the whole channel.
static void pause_base_port(void) {
    bool full = false;
    for (struct stream *stream = all_streams; stream; stream = stream->next)
        full = full || (stream->input && stream->buffer.length >= INPUT_WINDOW);
    port_pause(&stdio_port, full && !control_extended());
}

void input_start(struct stream *stream) {
    if (stream->buffer.length > 0)
        buffer_consume(&stream->buffer,
                       pass_on(stream, buffer_data(&stream->buffer), stream->buffer.length));
    if (stream->buffer.length == 0)
        finish_input(stream);
    else
        watch_for(&stream->watch, EPOLLOUT);
    if (stream->taken - stream->taken_marked >= MARK_AT)
        send_mark(stream);
    if (stdio_port.paused)
        pause_base_port();
}

static void input_ready(struct watch *watch, uint32_t events) {
    struct stream *stream = (struct stream *)watch;
    (void)events;
    input_start(stream);
}

void input_received(uint64_t session, const uint8_t *data, size_t size) {
    struct stream *stream = stream_find(session, true);
    if (!stream || stream->end_of_file)
        return;
    if (control_extended() && stream->buffer.length + size > INPUT_WINDOW) {
        log_line("session %llu: the host sent more than the window, %zu bytes are dropped",
                 (unsigned long long)session, size);
        return;
    }
    count_received(stream, size);
    // The bytes that the process takes at once are not copied.
    size_t taken = stream->started && stream->buffer.length == 0 ? pass_on(stream, data, size) : 0;
    buffer_append(&stream->buffer, data + taken, size - taken);
    if (stream->started && stream->buffer.length > 0)
        watch_for(&stream->watch, EPOLLOUT);
    if (!control_extended() && stream->buffer.length >= INPUT_WINDOW)
        pause_base_port();
}

void input_ended(uint64_t session) {
    struct stream *stream = stream_find(session, true);
    if (!stream || stream->end_of_file)
        return;
    stream->end_of_file = true;
    if (stream->started && stream->buffer.length == 0)
        finish_input(stream);
}

struct stream *input_add(uint64_t session, int fd) {
    struct stream *stream = stream_add(session, fd, input_ready);
    stream->input = true;
    return stream;
}
