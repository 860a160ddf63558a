// The process's stdout and stderr: what came from the guest, on its way to where the caller wants it.
#ifndef RUNV_OUTPUT_H
#define RUNV_OUTPUT_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "awaited.h"
#include "descriptor.h"
#include "ring.h"

struct output {
    struct ring ring; // begin: what was passed on; end: what has come
    struct descriptor target;
    struct awaited reader; // of a FIFO that nobody reads yet: what comes is kept meanwhile
    uint64_t said; // of what was passed on, to the daemon
    uint64_t last; // the stream's length, once it has ended
    bool ended;
};

void output_open(struct output *output, int fd);
// One that is the shim's own.
void output_own(struct output *output, int fd);
void output_poll(const struct output *output, struct pollfd *polled);
void output_ready(struct output *output);
// Data at an offset, which may overlap what has come. False: some is missing before it, or it is too much.
bool output_receive(struct output *output, uint64_t offset, const uint8_t *from, size_t size);
// False: it cannot end there.
bool output_end(struct output *output, uint64_t offset);
// Looks for the reader that is awaited, if it is time to.
void output_look(struct output *output);
// In ms, until that is to be called; -1 for never.
int output_wait(const struct output *output);
// The stream has ended and all was passed on, and a reader may still come for its end.
bool output_awaits_last_reader(const struct output *output);
// That so much was passed on that the daemon should hear of it.
bool output_should_say(const struct output *output);

#endif
