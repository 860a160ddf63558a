// The frames of docs/shim-protocol.md.
#ifndef RUNV_FRAME_H
#define RUNV_FRAME_H

#include <stddef.h>
#include <stdint.h>

enum frame_type {
    HELLO = 1,
    INPUT = 2,
    INPUT_END = 3,
    PASSED = 4,
    SIGNAL = 5,
    RESIZE = 6,
    WELCOME = 16,
    OUTPUT = 17,
    OUTPUT_END = 18,
    TAKEN = 19,
    EXIT = 20,
    REFUSED = 21,
};

enum {
    VERSION = 1,
    FRAME_HEADER = 8,
    LONGEST_DATA = 64 * 1024,
    LONGEST_PAYLOAD = LONGEST_DATA + 16,
    LONGEST_FRAME = FRAME_HEADER + LONGEST_PAYLOAD,
    HELLO_FIELDS = 40, // before the key
    OFFSET = 8,        // before the data of INPUT and OUTPUT
};

enum hello_flags { HAS_TERMINAL = 1, STDIN_ENDED = 2, WAS_WELCOME = 4 };

struct frame {
    uint8_t type, stream;
    const uint8_t *payload;
    size_t length;
};

enum frame_found { FRAME_PART, FRAME_WHOLE, FRAME_BROKEN };

// The frame that the bytes begin with.
enum frame_found frame_parse(struct frame *frame, const uint8_t *from, size_t size);
void frame_put_header(uint8_t *to, enum frame_type type, int stream, size_t length);

#endif
