// One of the two channels to the host: bytes in, bytes out, never blocking, patient while the host is away.
#ifndef RUNV_PORT_H
#define RUNV_PORT_H

#include "base/buffer.h"
#include "base/loop.h"

struct port {
    struct watch watch;
    struct timer retry;
    struct buffer in, out;
    const char *name;
    size_t length_offset;              // where a frame's u32 length stands
    size_t frame_left;                 // bytes of the frame under way that were not written yet
    bool frame_begun;                  // and some of it was
    bool paused;                       // reads nothing
    bool away;                         // the host's end is closed
    int patience;                      // milliseconds until the next look
    size_t (*room)(struct port *port); // how many bytes it may read now
    void (*received)(struct port *port, size_t count); // `count` new bytes are at the end of `in`
    void (*reset)(struct port *port);                  // the host went away
    void (*drained)(struct port *port);                // `out` got shorter
};

// Finds a virtio port by its name and opens it; waits for it to appear.
int port_find(const char *name);
void port_open(struct port *port, int fd);
void port_close(struct port *port);
void port_send(struct port *port, const void *header, size_t header_size, const void *data, size_t size);
// A whole frame in one piece: it is copied only as far as it cannot be written at once.
void port_send_frame(struct port *port, const uint8_t *frame, size_t size);
// What `room` says has changed other than by received().
void port_look(struct port *port);
void port_pause(struct port *port, bool paused);
// Blocks until all is written, for at most so long.
bool port_flush(struct port *port, int milliseconds);

#endif
