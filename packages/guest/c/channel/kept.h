// The bytes of an output that were not passed on yet: a list of chunks, each with room for a frame's header before its
// data, so that a frame is written as it is kept.
#ifndef RUNV_KEPT_H
#define RUNV_KEPT_H

#include <stddef.h>
#include <stdint.h>

enum { KEPT_HEADER = 12 };

struct chunk {
    struct chunk *next;
    size_t start, end, capacity; // of its data, from `start` on
    uint8_t frame[];             // the room for a header, then the data
};

struct kept {
    struct chunk *first, *last;
    size_t length;
};

struct chunk *chunk_make(size_t capacity);
uint8_t *chunk_data(struct chunk *chunk);

// Takes the chunk, whose first `size` bytes are data.
void kept_add_chunk(struct kept *kept, struct chunk *chunk, size_t size);
void kept_append(struct kept *kept, const uint8_t *data, size_t size);
void kept_consume(struct kept *kept, size_t size);
// The bytes from an offset on that lie together, `size` of them. The KEPT_HEADER bytes before them may be overwritten
// for a while.
uint8_t *kept_at(struct kept *kept, size_t offset, size_t *size);
void kept_free(struct kept *kept);

#endif
