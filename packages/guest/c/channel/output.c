// A stream whose window is full waits alone: its pipe is not read. The queue towards the host is bounded, because no
// pipe is read while the queue is long. All that was read fits the window, so it may be sent at once.
#include "channel/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "channel/kept.h"

enum {
    READ_MOST = 64 * 1024 - STREAM_HEADER, // with its header: the port takes 32 KiB at a time
    COPY_BELOW = 32 * 1024,                // less would waste most of its chunk
    PIPE_SIZE = 256 * 1024,
    QUEUE_HIGH = 256 * 1024,
    QUEUE_LOW = 128 * 1024,
};

static size_t window;
static bool keeps; // the base protocol keeps nothing, and has no window
static bool queue_full, held;
static struct chunk *spare; // every read goes there

void output_set_window(uint32_t bytes) {
    window = bytes;
    keeps = true;
}

bool output_is_held(void) {
    return held;
}

static size_t space(const struct stream *stream) {
    if (!stream->keeps)
        return READ_MOST;
    return stream->kept.length < window ? window - stream->kept.length : 0;
}

uint64_t output_written(const struct stream *stream, bool *open) {
    struct pollfd polled = {.fd = stream->watch.fd, .events = POLLIN};
    int unread = 0;
    if (stream->at_end || ioctl(stream->watch.fd, FIONREAD, &unread) < 0)
        unread = 0;
    else if (poll(&polled, 1, 0) >= 0 && !(polled.revents & (POLLHUP | POLLERR | POLLNVAL)))
        *open = true;
    return stream->passed + stream->kept.length + (uint64_t)unread;
}

static bool has_unsent(const struct stream *stream) {
    return stream->keeps && stream->sent < stream->passed + stream->kept.length;
}

// Without space only a hang-up matters: the end of file of an empty pipe takes none.
void output_start(struct stream *stream) {
    if (!stream->started || stream->at_end || queue_full || (has_unsent(stream) && !held))
        watch_stop(&stream->watch);
    else
        watch_for(&stream->watch, space(stream) > 0 ? EPOLLIN : 0);
}

static void start_all(void) {
    for (struct stream *stream = all_streams; stream; stream = stream->next)
        if (!stream->input)
            output_start(stream);
}

static void measure_queue(void) {
    queue_full = stdio_port.out.length > (queue_full ? QUEUE_LOW : QUEUE_HIGH);
}

static void be_over(struct stream *stream) {
    output_over over = stream->over;
    void *owner = stream->owner;
    uint64_t total = stream->passed;
    stream_remove(stream);
    over(owner, total);
}

// The bytes before the data belong to what is kept too: the header takes their place while it is written.
static void send_data(struct stream *stream, uint8_t *data, size_t size) {
    uint8_t *frame = data - STREAM_HEADER, saved[STREAM_HEADER];
    memcpy(saved, frame, sizeof saved);
    stream_frame_header(frame, stream->session, size);
    port_send_frame(&stdio_port, frame, STREAM_HEADER + size);
    memcpy(frame, saved, sizeof saved);
    measure_queue();
}

// Sends one frame, if there is one to send. A stream that keeps nothing may be freed by it.
static bool send_next(struct stream *stream) {
    if (held || queue_full)
        return false;
    if (has_unsent(stream)) {
        size_t size;
        uint8_t *data = kept_at(&stream->kept, (size_t)(stream->sent - stream->passed), &size);
        send_data(stream, data, size);
        stream->sent += size;
        return true;
    }
    if (!stream->at_end || stream->end_sent)
        return false;
    stream->end_sent = true;
    stream_send_frame(stream->session, NULL, 0);
    measure_queue();
    if (!stream->keeps)
        be_over(stream);
    return true;
}

// A frame of each in turn.
static void send_unsent(void) {
    for (bool more = true; more;) {
        more = false;
        for (struct stream *stream = all_streams, *next; stream; stream = next) {
            next = stream->next;
            more = (!stream->input && send_next(stream)) || more;
        }
    }
}

void output_queue_changed(void) {
    bool before = queue_full;
    measure_queue();
    if (before && !queue_full)
        send_unsent();
    if (before != queue_full)
        start_all();
}

void output_hold(void) {
    held = true;
    queue_full = false;
    start_all();
}

void output_resume(void) {
    if (!held)
        return;
    held = false;
    for (struct stream *stream = all_streams; stream; stream = stream->next)
        if (!stream->input && stream->keeps) {
            stream->sent = stream->passed;
            stream->end_sent = false;
        }
    send_unsent();
    start_all();
}

static void reach_end(struct stream *stream) {
    stream->at_end = true;
    watch_stop(&stream->watch);
    close_fd(&stream->watch.fd);
    send_next(stream);
}

// With a larger pipe a program that writes much waits for PID 1 less often.
static void enlarge_pipe(struct stream *stream) {
    if (stream->enlarged || stream->terminal || stream->socket)
        return;
    stream->enlarged = true;
    if (fcntl(stream->watch.fd, F_SETPIPE_SZ, PIPE_SIZE) < 0)
        log_line("session %llu: a larger pipe: %s", (unsigned long long)stream->session, strerror(errno));
}

static void keep(struct stream *stream, size_t size) {
    if (size < COPY_BELOW) {
        kept_append(&stream->kept, chunk_data(spare), size);
        return;
    }
    kept_add_chunk(&stream->kept, spare, size);
    spare = NULL;
}

// Takes what was read into the spare chunk.
static void take(struct stream *stream, size_t size) {
    if (size == READ_MOST)
        enlarge_pipe(stream);
    if (!held) {
        send_data(stream, chunk_data(spare), size);
        stream->sent += size;
    }
    if (stream->keeps)
        keep(stream, size);
    else
        stream->passed += size;
    if (queue_full)
        start_all();
    else
        output_start(stream);
}

static void read_output(struct stream *stream) {
    size_t most = space(stream) < READ_MOST ? space(stream) : READ_MOST;
    if (!spare)
        spare = chunk_make(READ_MOST);
    ssize_t count = read(stream->watch.fd, chunk_data(spare), most);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    // A terminal that no process has open reads as EIO.
    if (count <= 0)
        reach_end(stream);
    else
        take(stream, (size_t)count);
}

static void output_ready(struct watch *watch, uint32_t events) {
    struct stream *stream = (struct stream *)watch;
    if (space(stream) > 0) {
        read_output(stream);
        return;
    }
    int waiting = 0;
    if (!(events & (EPOLLHUP | EPOLLERR)))
        return;
    if (ioctl(watch->fd, FIONREAD, &waiting) < 0 || waiting == 0)
        reach_end(stream);
    else
        watch_stop(watch);
}

struct stream *output_add(uint64_t session, int fd, output_over over, void *owner) {
    struct stream *stream = stream_add(session, fd, output_ready);
    stream->keeps = keeps;
    stream->over = over;
    stream->owner = owner;
    return stream;
}

void output_mark_received(uint64_t session, uint64_t passed, bool ended) {
    struct stream *stream = stream_find(session, false);
    if (!stream || !stream->keeps || passed < stream->passed)
        return;
    if (passed - stream->passed > stream->kept.length) {
        log_line("session %llu: a mark of %llu bytes, beyond the output", (unsigned long long)session,
                 (unsigned long long)passed);
        return;
    }
    kept_consume(&stream->kept, (size_t)(passed - stream->passed));
    stream->passed = passed;
    // The host that has gone may have passed on more than its last mark said.
    if (stream->sent < passed)
        stream->sent = passed;
    if (ended && stream->at_end && stream->kept.length == 0)
        be_over(stream);
    else
        output_start(stream);
}

void output_close(void) {
    free(spare);
    spare = NULL;
}
