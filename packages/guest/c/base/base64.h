// Bytes in a JSON string.
#ifndef RUNV_BASE64_H
#define RUNV_BASE64_H

#include <stddef.h>
#include <stdint.h>

// The bytes, for free(), or NULL for a text that is no base64 (RFC 4648, section 4, with its padding) or is empty.
uint8_t *base64_decode(const char *text, size_t *size);

#endif
