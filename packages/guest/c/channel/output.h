// Output streams: from a process to the host, as far as the host gives credit.
#ifndef RUNV_OUTPUT_H
#define RUNV_OUTPUT_H

#include "channel/streamtable.h"

// The credit of every new stream from now on.
void output_set_window(uint32_t bytes);
struct stream *output_add(uint64_t session, int fd, void (*ended)(void *owner), void *owner);
// Waits for output, as far as credit and the queue towards the host allow.
void output_start(struct stream *stream);
void output_credit_received(uint64_t session, uint32_t count);
// The queue towards the host grew or shrank.
void output_queue_changed(void);

#endif
