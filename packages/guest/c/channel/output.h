// Output streams: from a process to the host. In the extended protocol a stream keeps what was not passed on, at most
// the window, and sends it again to a host that comes back.
#ifndef RUNV_OUTPUT_H
#define RUNV_OUTPUT_H

#include "channel/streamtable.h"

// New streams keep so much from now on.
void output_set_window(uint32_t bytes);
struct stream *output_add(uint64_t session, int fd, output_over over, void *owner);
// The bytes that were written to it so far. `open` becomes true where somebody may write more.
uint64_t output_written(const struct stream *stream, bool *open);
// Waits for output, as far as the window and the queue towards the host allow.
void output_start(struct stream *stream);
// `passed`: how many bytes were passed on; `ended`: and the end of file too.
void output_mark_received(uint64_t session, uint64_t passed, bool ended);
// The queue towards the host grew or shrank.
void output_queue_changed(void);
// The host has gone: streams fill what they keep, and send nothing.
void output_hold(void);
// Sends what was not passed on, and goes on. Without output_hold() before it, nothing changes.
void output_resume(void);
bool output_is_held(void);
void output_close(void);

#endif
