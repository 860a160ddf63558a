// The small text files of /proc and /sys, read and written whole.
#ifndef RUNV_TEXT_H
#define RUNV_TEXT_H

#include <stdbool.h>
#include <stddef.h>

// Ends `text` with a 0. False for one that is empty or cannot be read.
bool text_read(const char *path, char *text, size_t size);
// False and errno on failure.
bool text_write(const char *path, const char *text);
// The same of a file in an open directory.
bool text_write_at(int directory, const char *name, const char *text);

#endif
