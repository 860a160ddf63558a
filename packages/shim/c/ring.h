// The end of a stream, by the offsets of its bytes: from `begin`, which is nobody's concern any more when it is
// passed on, to `end`.
#ifndef RUNV_RING_H
#define RUNV_RING_H

#include <stddef.h>
#include <stdint.h>

struct ring {
    uint64_t begin, end;
    size_t size;
    uint8_t *bytes; // as many
};

struct span {
    uint8_t *at;
    size_t size;
};

size_t ring_room(const struct ring *ring);
// The bytes from that offset on, as many as lie in one piece.
struct span ring_from(struct ring *ring, uint64_t offset);
// Where the next bytes go, as many as lie in one piece.
struct span ring_free(struct ring *ring);
// Behind the end; there must be room.
void ring_append(struct ring *ring, const uint8_t *from, size_t size);

#endif
