// Parses and writes the header of a frame.
#include "frame.h"

#include "bytes.h"

bool frame_read_header(struct frame *frame, const uint8_t from[FRAME_HEADER], size_t longest) {
    size_t length = get_be32(from + 4);
    if (get_be16(from + 2) != 0 || length > longest)
        return false;
    *frame = (struct frame){from[0], from[1], NULL, length};
    return true;
}

enum frame_found frame_parse(struct frame *frame, const uint8_t *from, size_t size, size_t longest) {
    if (size < FRAME_HEADER)
        return FRAME_PART;
    if (!frame_read_header(frame, from, longest))
        return FRAME_BROKEN;
    if (size < FRAME_HEADER + frame->length)
        return FRAME_PART;
    frame->payload = from + FRAME_HEADER;
    return FRAME_WHOLE;
}

void frame_put_header(uint8_t to[FRAME_HEADER], uint8_t type, uint8_t stream, size_t length) {
    to[0] = type;
    to[1] = stream;
    put_be16(to + 2, 0);
    put_be32(to + 4, (uint32_t)length);
}
