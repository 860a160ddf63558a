// The stdio channel: one stream per session and direction, each with its own window, all on the second port.
#ifndef RUNV_STREAMS_H
#define RUNV_STREAMS_H

#include "base/base.h"

struct stream;

// `host_left` is called when the host's end closes.
void streams_open(int fd, void (*host_left)(void));
void streams_close(void);
// Streams keep so much output from now on, and both directions are marked.
void streams_negotiate(uint32_t window);
// Sends what was not passed on, and marks. False while the host is away.
bool streams_resume(void);
// Whether there is a stream of this session.
bool streams_knows(uint64_t session);
bool streams_flush(int milliseconds);

// How far a stream is: of an output the bytes that were passed on, of an input those that were received and taken.
struct progress {
    uint64_t bytes, taken;
    bool ended;
};

// A stream owns its descriptor (-1: comes later), and does nothing until it is started. `over` is called once the end of
// file was passed on (base protocol: sent), `total` bytes in all. The stream was freed then.
struct stream *stream_output(uint64_t session, int fd, void (*over)(void *owner, uint64_t total), void *owner);
struct stream *stream_input(uint64_t session, int fd);
// At end of file the descriptor of a terminal stays open.
void stream_use_terminal(struct stream *stream, int fd);
// Of both directions: its writing side is shut down at end of file, and it is no pipe.
void stream_use_socket(struct stream *stream);
void stream_start(struct stream *stream);
struct progress stream_progress(const struct stream *stream);
// Of an output: the bytes that were written so far. `open` becomes true where somebody may write more.
uint64_t stream_written(const struct stream *stream, bool *open);
// Sends no frame, and calls nobody.
void stream_drop(struct stream *stream);

void send_exit_frame(uint64_t session, int status);

#endif
