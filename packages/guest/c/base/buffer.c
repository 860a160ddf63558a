// A growing queue of bytes. An empty queue frees large memory, so that a single big message does not take the VM's
// memory for good.
#include "base/buffer.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"

enum { KEPT_WHEN_EMPTY = 128 * 1024 };

uint8_t *buffer_space(struct buffer *buffer, size_t size) {
    if (buffer->start + buffer->length + size <= buffer->capacity)
        return buffer->memory + buffer->start + buffer->length;
    if (buffer->start > 0) {
        memmove(buffer->memory, buffer->memory + buffer->start, buffer->length);
        buffer->start = 0;
    }
    size_t capacity = buffer->capacity ? buffer->capacity : 4096;
    while (capacity < buffer->length + size)
        capacity *= 2;
    if (capacity > buffer->capacity) {
        uint8_t *memory = realloc(buffer->memory, capacity);
        if (!memory)
            fatal("out of memory: a buffer of %zu bytes", capacity);
        buffer->memory = memory;
        buffer->capacity = capacity;
    }
    return buffer->memory + buffer->length;
}

void buffer_grew(struct buffer *buffer, size_t size) {
    buffer->length += size;
}

void buffer_append(struct buffer *buffer, const void *data, size_t size) {
    if (size == 0)
        return;
    memcpy(buffer_space(buffer, size), data, size);
    buffer->length += size;
}

const uint8_t *buffer_data(const struct buffer *buffer) {
    return buffer->length ? buffer->memory + buffer->start : NULL;
}

void buffer_consume(struct buffer *buffer, size_t size) {
    buffer->start += size;
    buffer->length -= size;
    if (buffer->length > 0)
        return;
    buffer->start = 0;
    if (buffer->capacity > KEPT_WHEN_EMPTY)
        buffer_free(buffer);
}

void buffer_free(struct buffer *buffer) {
    free(buffer->memory);
    *buffer = (struct buffer){0};
}
