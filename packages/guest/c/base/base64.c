// Base64, four digits at a time.
#include "base/base64.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"

static int digit(char character) {
    if (character >= 'A' && character <= 'Z')
        return character - 'A';
    if (character >= 'a' && character <= 'z')
        return character - 'a' + 26;
    if (character >= '0' && character <= '9')
        return character - '0' + 52;
    return character == '+' ? 62 : character == '/' ? 63 : -1;
}

// Three bytes from four digits; false when one of them is not a digit.
static bool decode_group(const char *text, size_t digits, uint8_t *bytes) {
    uint32_t group = 0;
    for (size_t i = 0; i < 4; i++) {
        int value = i < digits ? digit(text[i]) : 0;
        if (value < 0)
            return false;
        group = group << 6 | (uint32_t)value;
    }
    bytes[0] = (uint8_t)(group >> 16);
    bytes[1] = (uint8_t)(group >> 8);
    bytes[2] = (uint8_t)group;
    return true;
}

uint8_t *base64_decode(const char *text, size_t *size) {
    size_t length = strlen(text), padding = 0;
    if (length == 0 || length % 4)
        return NULL;
    while (padding < 2 && text[length - 1 - padding] == '=')
        padding++;
    uint8_t *bytes = allocate(length / 4 * 3);
    *size = length / 4 * 3 - padding;
    for (size_t group = 0; group < length / 4; group++) {
        size_t digits = group == length / 4 - 1 ? 4 - padding : 4;
        if (!decode_group(text + group * 4, digits, bytes + group * 3)) {
            free(bytes);
            return NULL;
        }
    }
    return bytes;
}
