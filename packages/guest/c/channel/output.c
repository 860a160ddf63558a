// A stream without credit waits alone: its pipe is not read. The queue towards the host is bounded, because no pipe is
// read while the queue is long.
#include "channel/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    CHUNK = 64 * 1024, // with its header: the port takes 32 KiB at a time
    PIPE_SIZE = 256 * 1024,
    QUEUE_HIGH = 256 * 1024,
    QUEUE_LOW = 128 * 1024,
};

static uint64_t window = UINT64_MAX; // the base protocol has no credit
static bool queue_full;
static uint8_t chunk[CHUNK]; // a frame: the header, then the data

void output_set_window(uint32_t bytes) {
    window = bytes;
}

// Without credit only a hang-up matters: the end of file of an empty pipe costs no credit.
void output_start(struct stream *stream) {
    if (!stream->started || queue_full)
        watch_stop(&stream->watch);
    else
        watch_for(&stream->watch, stream->credit > 0 ? EPOLLIN : 0);
}

void output_queue_changed(void) {
    bool full = queue_full ? stdio_port.out.length > QUEUE_LOW : stdio_port.out.length > QUEUE_HIGH;
    if (full == queue_full)
        return;
    queue_full = full;
    for (struct stream *stream = all_streams; stream; stream = stream->next)
        if (!stream->input)
            output_start(stream);
}

static void end_output(struct stream *stream) {
    stream_send_frame(stream->session, NULL, 0);
    void (*ended)(void *) = stream->ended;
    void *owner = stream->owner;
    stream_remove(stream);
    ended(owner);
}

// With a larger pipe a program that writes much waits for PID 1 less often.
static void enlarge_pipe(struct stream *stream) {
    if (stream->enlarged || stream->terminal)
        return;
    stream->enlarged = true;
    if (fcntl(stream->watch.fd, F_SETPIPE_SZ, PIPE_SIZE) < 0)
        log_line("session %llu: a larger pipe: %s", (unsigned long long)stream->session, strerror(errno));
}

static void count_output(struct stream *stream, size_t count) {
    if (count == CHUNK - STREAM_HEADER)
        enlarge_pipe(stream);
    if (stream->credit != UINT64_MAX)
        stream->credit -= count;
    output_start(stream);
    output_queue_changed();
}

static void read_output(struct stream *stream) {
    size_t most = stream->credit < CHUNK - STREAM_HEADER ? (size_t)stream->credit : CHUNK - STREAM_HEADER;
    ssize_t count = read(stream->watch.fd, chunk + STREAM_HEADER, most);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    // A terminal that no process has open reads as EIO.
    if (count <= 0) {
        end_output(stream);
        return;
    }
    stream_frame_header(chunk, stream->session, (size_t)count);
    port_send_frame(&stdio_port, chunk, STREAM_HEADER + (size_t)count);
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

struct stream *output_add(uint64_t session, int fd, void (*ended)(void *), void *owner) {
    struct stream *stream = stream_add(session, fd, output_ready);
    stream->credit = window;
    stream->ended = ended;
    stream->owner = owner;
    return stream;
}

void output_credit_received(uint64_t session, uint32_t count) {
    struct stream *stream = stream_find(session, false);
    if (!stream || stream->credit == UINT64_MAX)
        return;
    stream->credit += count;
    output_start(stream);
}
