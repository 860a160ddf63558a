// The control channel: frames in the base and the extended framing, and the answers to them.
#ifndef RUNV_CONTROL_H
#define RUNV_CONTROL_H

#include "base/base.h"
#include "channel/codes.h"

enum { BASE_MESSAGE_LIMIT = 10240, MESSAGE_LIMIT = 8 * 1024 * 1024, EXTENDED_HEADER = 12 };

// The command that an answer belongs to. `open` is false when nobody waits for an answer; in the extended protocol
// nobody does either once the host has gone.
struct request {
    uint32_t code, id, epoch;
    bool open;
};

// What the channel calls. The payload belongs to the channel: a handler copies what it keeps.
struct control_handlers {
    void (*command)(struct request request, const uint8_t *payload, size_t size); // answers now or later
    void (*host_left)(void);
};

// Sends READY. `control_handlers` must outlive the channel.
void control_open(int fd, const struct control_handlers *control_handlers);
void control_close(void);
// The host has gone: nobody waits for the answers to what it asked.
void control_forget_host(void);
// Every message after this call is in the extended framing, both ways.
void control_extend(void);
bool control_extended(void);
void control_event(uint32_t code, const void *data, size_t size);
bool control_flush(int milliseconds);

void answer_ack(struct request *request, const void *data, size_t size);
void answer_error(struct request *request, const struct failure *failure);

#endif
