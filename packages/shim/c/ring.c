// A ring buffer: a byte's place is its offset, modulo the ring's size.
#include "ring.h"

#include <string.h>

static size_t smaller(size_t one, size_t other) {
    return one < other ? one : other;
}

static struct span piece(struct ring *ring, uint64_t offset, size_t size) {
    size_t place = (size_t)(offset % ring->size);
    return (struct span){ring->bytes + place, smaller(size, ring->size - place)};
}

size_t ring_room(const struct ring *ring) {
    return ring->size - (size_t)(ring->end - ring->begin);
}

struct span ring_from(struct ring *ring, uint64_t offset) {
    return piece(ring, offset, (size_t)(ring->end - offset));
}

struct span ring_free(struct ring *ring) {
    return piece(ring, ring->end, ring_room(ring));
}

void ring_append(struct ring *ring, const uint8_t *from, size_t size) {
    while (size > 0) {
        struct span free = ring_free(ring);
        size_t count = smaller(free.size, size);
        memcpy(free.at, from, count);
        ring->end += count;
        from += count;
        size -= count;
    }
}
