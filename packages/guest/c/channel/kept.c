// Small pieces share a chunk, so that a program that writes a line at a time costs little memory.
#include "channel/kept.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"

enum { SMALL_CHUNK = 4000 };

struct chunk *chunk_make(size_t capacity) {
    struct chunk *chunk = malloc(sizeof *chunk + KEPT_HEADER + capacity);
    if (!chunk)
        fatal("out of memory: %zu bytes of output", capacity);
    *chunk = (struct chunk){.capacity = capacity};
    return chunk;
}

uint8_t *chunk_data(struct chunk *chunk) {
    return chunk->frame + KEPT_HEADER;
}

void kept_add_chunk(struct kept *kept, struct chunk *chunk, size_t size) {
    chunk->next = NULL;
    chunk->start = 0;
    chunk->end = size;
    if (kept->last)
        kept->last->next = chunk;
    else
        kept->first = chunk;
    kept->last = chunk;
    kept->length += size;
}

void kept_append(struct kept *kept, const uint8_t *data, size_t size) {
    struct chunk *last = kept->last;
    size_t room = last ? last->capacity - last->end : 0;
    size_t part = size < room ? size : room;
    if (part > 0) {
        memcpy(chunk_data(last) + last->end, data, part);
        last->end += part;
        kept->length += part;
    }
    size_t rest = size - part;
    if (rest == 0)
        return;
    struct chunk *chunk = chunk_make(rest < SMALL_CHUNK ? SMALL_CHUNK : rest);
    memcpy(chunk_data(chunk), data + part, rest);
    kept_add_chunk(kept, chunk, rest);
}

void kept_consume(struct kept *kept, size_t size) {
    while (size > 0) {
        struct chunk *chunk = kept->first;
        size_t there = chunk->end - chunk->start;
        size_t part = size < there ? size : there;
        chunk->start += part;
        kept->length -= part;
        size -= part;
        if (chunk->start < chunk->end)
            return;
        kept->first = chunk->next;
        if (!kept->first)
            kept->last = NULL;
        free(chunk);
    }
}

uint8_t *kept_at(struct kept *kept, size_t offset, size_t *size) {
    struct chunk *chunk = kept->first;
    for (; offset >= chunk->end - chunk->start; chunk = chunk->next)
        offset -= chunk->end - chunk->start;
    *size = chunk->end - chunk->start - offset;
    return chunk_data(chunk) + chunk->start + offset;
}

void kept_free(struct kept *kept) {
    kept_consume(kept, kept->length);
}
