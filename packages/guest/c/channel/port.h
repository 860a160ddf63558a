// One of the two channels to the host: reads and writes bytes without blocking, and waits while the host is away.
#ifndef RUNV_PORT_H
#define RUNV_PORT_H

#include "base/buffer.h"
#include "base/loop.h"

struct port {
    struct watch watch;
    struct timer retry;
    struct buffer in, out;
    const char *name;
    size_t length_offset;              // of the u32 length in a frame
    size_t frame_left;                 // bytes of the current frame that were not written yet
    bool frame_begun;                  // some bytes of the current frame were written
    bool paused;                       // it reads nothing
    bool away;                         // the host's end is closed
    bool forgets;                      // what is not sent when the host goes is dropped
    bool token_due;                    // a host that comes gets the token first
    char *path;                        // on a host: the socket to connect to again; NULL: it ends instead
    int patience;                      // milliseconds until the next poll
    size_t (*room)(struct port *port); // how many bytes it may read now
    void (*received)(struct port *port, size_t count); // `count` new bytes are at the end of `in`
    void (*reset)(struct port *port);                  // the host went away
    void (*returned)(struct port *port);               // a host is there again
    void (*drained)(struct port *port);                // `out` got shorter
};

enum { TOKEN_SIZE = 16 };

// What a host that comes back gets first on each port, when the guest had it as the host before went. NULL: nothing.
void ports_set_token(const uint8_t *token);
void port_open(struct port *port, int fd);
void port_close(struct port *port);
// In the extended protocol hosts ask again for what they have not got.
void port_forget_when_away(struct port *port);
void port_send(struct port *port, const void *header, size_t header_size, const void *data, size_t size);
// Sends a whole frame. Only the part that cannot be written at once is copied.
void port_send_frame(struct port *port, const uint8_t *frame, size_t size);
// To be called when `room` may give more than before.
void port_look(struct port *port);
void port_pause(struct port *port, bool paused);
// Blocks until all is written, for at most this time.
bool port_flush(struct port *port, int milliseconds);

#endif
