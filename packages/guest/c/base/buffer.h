// A growing queue of bytes: appended at the end, consumed from the beginning.
#ifndef RUNV_BUFFER_H
#define RUNV_BUFFER_H

#include <stddef.h>
#include <stdint.h>

struct buffer {
    uint8_t *memory;
    size_t start, length, capacity;
};

// The space for `size` more bytes at the end; buffer_grew() says how many of them were filled.
uint8_t *buffer_space(struct buffer *buffer, size_t size);
void buffer_grew(struct buffer *buffer, size_t size);
void buffer_append(struct buffer *buffer, const void *data, size_t size);
const uint8_t *buffer_data(const struct buffer *buffer);
void buffer_consume(struct buffer *buffer, size_t size);
void buffer_free(struct buffer *buffer);

#endif
