// What the shim and the daemon agree on beside the codes: docs/shim-protocol.md.
#ifndef RUNV_PROTOCOL_H
#define RUNV_PROTOCOL_H

#include "codes.h"
#include "frame.h"

enum {
    VERSION = 1,
    LONGEST_DATA = 64 * 1024,
    LONGEST_PAYLOAD = LONGEST_DATA + 16,
    LONGEST_FRAME = FRAME_HEADER + LONGEST_PAYLOAD,
    HELLO_FIELDS = 40, // before the key
    OFFSET = 8,        // before the data of INPUT and OUTPUT
};

enum hello_flags { HAS_TERMINAL = 1, STDIN_ENDED = 2, WAS_WELCOME = 4, WIDE = 8 };

#endif
