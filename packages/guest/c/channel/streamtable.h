// The streams of the stdio channel, and the frames that they send. Other folders use streams.h.
#ifndef RUNV_STREAMTABLE_H
#define RUNV_STREAMTABLE_H

#include "base/base.h"
#include "base/buffer.h"
#include "base/loop.h"
#include "channel/kept.h"
#include "channel/port.h"

enum { STREAM_HEADER = KEPT_HEADER, MARK_SIZE = 16 };

// In the session of a frame: it is a mark, two u64.
#define STREAM_MARK (UINT64_C(1) << 63)

typedef void (*output_over)(void *owner, uint64_t total);

struct stream {
    struct watch watch;
    struct stream *next;
    uint64_t session;
    bool input, started, terminal, socket;
    bool enlarged; // the pipe, once it was full
    // Output: how many bytes were passed on, the bytes after these, and how many were sent, all since its start.
    bool keeps, at_end, end_sent;
    uint64_t passed, sent;
    struct kept kept;
    output_over over;
    void *owner;
    // Input: the bytes that the process has not taken yet, and what was counted since its start.
    struct buffer buffer;
    bool end_of_file, refused, mark_due;
    uint64_t received, taken, taken_marked;
};

extern struct port stdio_port;
extern struct stream *all_streams;

struct stream *stream_find(uint64_t session, bool input);
struct stream *stream_add(uint64_t session, int fd, void (*ready)(struct watch *, uint32_t));
void stream_remove(struct stream *stream);

void stream_frame_header(uint8_t *header, uint64_t session, size_t size);
void stream_send_frame(uint64_t session, const void *data, size_t size);

#endif
