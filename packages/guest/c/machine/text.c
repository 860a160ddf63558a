#include "machine/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"

bool text_read(const char *path, char *text, size_t size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);
    close_fd(&fd);
    text[length > 0 ? length : 0] = 0;
    return length > 0;
}

bool text_write(const char *path, const char *text) {
    return text_write_at(AT_FDCWD, path, text);
}

bool text_write_at(int directory, const char *name, const char *text) {
    int fd = openat(directory, name, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    int error = errno;
    close_fd(&fd);
    errno = error;
    return done;
}
