// The frames of docs/front-protocol.md.
#ifndef RUNV_FRAME_H
#define RUNV_FRAME_H

#include <stddef.h>
#include <stdint.h>

enum frame_type {
    REQUEST = 1,
    REPORT = 2,
    BEGUN = 16,
    DECLINED = 17,
    OUTPUT = 18,
    START_SHIM = 19,
    EXIT = 20,
};

enum {
    VERSION = 1,
    FRAME_HEADER = 8,
    LONGEST_PAYLOAD = 1 << 20,
};

struct frame {
    uint8_t type, stream;
    const uint8_t *payload;
    size_t length;
};

uint32_t get_be32(const uint8_t *from);
void put_be16(uint8_t *to, uint16_t value);
void put_be32(uint8_t *to, uint32_t value);

#endif
