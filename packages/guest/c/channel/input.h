// Input streams: from the host to a process, with marks to the host of what has arrived and what the process took.
#ifndef RUNV_INPUT_H
#define RUNV_INPUT_H

#include "channel/streamtable.h"

enum { INPUT_WINDOW = 256 * 1024 };

struct stream *input_add(uint64_t session, int fd);
// Passes on the bytes that have arrived, and from then on those that arrive.
void input_start(struct stream *stream);
void input_received(uint64_t session, const uint8_t *data, size_t size);
void input_ended(uint64_t session);
// To be called after each reading of the port: marks the streams that got bytes.
void input_send_due_marks(void);
// Marks every stream, for a host that comes back.
void input_send_marks(void);

#endif
