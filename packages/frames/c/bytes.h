// Big-endian integers, byte for byte, so that alignment does not matter.
#ifndef RUNV_BYTES_H
#define RUNV_BYTES_H

#include <stdint.h>

uint16_t get_be16(const uint8_t *from);
uint32_t get_be32(const uint8_t *from);
uint64_t get_be64(const uint8_t *from);
void put_be16(uint8_t *to, uint16_t value);
void put_be32(uint8_t *to, uint32_t value);
void put_be64(uint8_t *to, uint64_t value);

#endif
