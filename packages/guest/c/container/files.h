// READFILE and WRITEFILE: a file of a container, by its path inside.
#ifndef RUNV_FILES_H
#define RUNV_FILES_H

#include "base/base.h"
#include "base/buffer.h"

bool file_read(const char *container, const char *path, struct buffer *content, struct failure *failure);
bool file_write(const char *container, const char *path, const uint8_t *data, size_t size,
                struct failure *failure);

#endif
