// The framing of docs/shim-protocol.md and docs/launcher-protocol.md: an 8-byte header and a payload.
#ifndef RUNV_FRAME_H
#define RUNV_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FRAME_HEADER = 8 };

struct frame {
    uint8_t type, stream;
    const uint8_t *payload;
    size_t length;
};

enum frame_found { FRAME_PART, FRAME_WHOLE, FRAME_BROKEN };

// Fills in all but the payload. False: the header is malformed, or the payload is longer than `longest`.
bool frame_read_header(struct frame *frame, const uint8_t from[FRAME_HEADER], size_t longest);
// Finds the frame that the bytes begin with.
enum frame_found frame_parse(struct frame *frame, const uint8_t *from, size_t size, size_t longest);
void frame_put_header(uint8_t to[FRAME_HEADER], uint8_t type, uint8_t stream, size_t length);

#endif
