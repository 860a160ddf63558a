// The streams of the stdio channel, and the frames that they send. Other folders use streams.h.
#ifndef RUNV_STREAMTABLE_H
#define RUNV_STREAMTABLE_H

#include "base/base.h"
#include "base/buffer.h"
#include "base/loop.h"
#include "channel/port.h"

enum { STREAM_HEADER = 12 };

// In the session of a frame: its data is credit.
#define STREAM_CREDIT (UINT64_C(1) << 63)

struct stream {
    struct watch watch;
    struct stream *next;
    uint64_t session;
    bool input, started, terminal;
    bool enlarged; // the pipe, once it was full
    // Output: how many bytes the host takes, and whom to tell of the end.
    uint64_t credit;
    void (*ended)(void *owner);
    void *owner;
    // Input: the bytes that the process has not taken yet, and the credit that the host has not got back.
    struct buffer buffer;
    bool end_of_file, refused;
    uint32_t owed;
};

extern struct port stdio_port;
extern struct stream *all_streams;

struct stream *stream_find(uint64_t session, bool input);
struct stream *stream_add(uint64_t session, int fd, void (*ready)(struct watch *, uint32_t));
void stream_remove(struct stream *stream);

void stream_frame_header(uint8_t *header, uint64_t session, size_t size);
void stream_send_frame(uint64_t session, const void *data, size_t size);

#endif
