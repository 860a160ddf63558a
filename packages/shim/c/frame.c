// A frame's header, both ways.
#include "frame.h"

#include "bytes.h"

enum frame_found frame_parse(struct frame *frame, const uint8_t *from, size_t size) {
    if (size < FRAME_HEADER)
        return FRAME_PART;
    size_t length = get_be32(from + 4);
    if (get_be16(from + 2) != 0 || length > LONGEST_PAYLOAD)
        return FRAME_BROKEN;
    if (size < FRAME_HEADER + length)
        return FRAME_PART;
    *frame = (struct frame){from[0], from[1], from + FRAME_HEADER, length};
    return FRAME_WHOLE;
}

void frame_put_header(uint8_t *to, enum frame_type type, int stream, size_t length) {
    to[0] = (uint8_t)type;
    to[1] = (uint8_t)stream;
    put_be16(to + 2, 0);
    put_be32(to + 4, (uint32_t)length);
}
