// The stdio channel: one stream per session and direction, each with its own credit, all on the second port.
#ifndef RUNV_STREAMS_H
#define RUNV_STREAMS_H

#include "base/base.h"

struct stream;

void streams_open(int fd);
void streams_close(void);
// Sets the credit that every output stream starts with.
void streams_negotiate(uint32_t window);
// Whether there is a stream of this session.
bool streams_knows(uint64_t session);
bool streams_flush(int milliseconds);

// A stream owns its descriptor (-1: comes later), and does nothing until it is started. `ended` is called
// when its end-of-file frame was sent. The stream is freed then.
struct stream *stream_output(uint64_t session, int fd, void (*ended)(void *owner), void *owner);
struct stream *stream_input(uint64_t session, int fd);
// At end of file the descriptor of a terminal stays open.
void stream_use_terminal(struct stream *stream, int fd);
void stream_start(struct stream *stream);
// Sends no frame, and does not call `ended`.
void stream_drop(struct stream *stream);

void send_exit_frame(uint64_t session, int status);

#endif
