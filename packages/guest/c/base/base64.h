// Base64, which carries bytes in a JSON string.
#ifndef RUNV_BASE64_H
#define RUNV_BASE64_H

#include <stddef.h>
#include <stdint.h>

// The bytes, for free(). NULL when the text is empty or is not base64 (RFC 4648, section 4, with padding).
uint8_t *base64_decode(const char *text, size_t *size);

#endif
