// READFILE and WRITEFILE. /proc/<init>/root leads to the container's root with its mounts.
#include "container/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "channel/control.h"
#include "container/container.h"
#include "rootfs/inroot.h"

enum { MOST_CONTENT = MESSAGE_LIMIT - EXTENDED_HEADER };

static int open_root(const char *id, struct failure *failure) {
    char path[64] = "/";
    if (strcmp(id, "hyperstart")) {
        struct container *container = container_find(id);
        if (!container || !container->init) {
            fail(failure, "NOTFOUND", "there is no running container \"%.200s\"", id);
            return -1;
        }
        snprintf(path, sizeof path, "/proc/%d/root", container->init);
    }
    int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        fail_errno(failure, errno, "the root of container \"%.200s\"", id);
    return root;
}

static int open_file(const char *id, const char *path, int flags, struct failure *failure) {
    struct stat status;
    int root = open_root(id, failure);
    if (root < 0)
        return -1;
    // O_NONBLOCK: to open a FIFO must not block PID 1.
    int fd = inroot_open(root, path, flags | O_NONBLOCK | O_NOCTTY, 0644);
    int error = errno;
    close(root);
    if (fd < 0) {
        fail_errno(failure, error, "the file \"%.300s\"", path);
        return -1;
    }
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
        return fd;
    close(fd);
    fail(failure, "INVALID", "\"%.300s\" is not a regular file", path);
    return -1;
}

bool file_read(const char *id, const char *path, struct buffer *content, struct failure *failure) {
    int fd = open_file(id, path, O_RDONLY, failure);
    if (fd < 0)
        return false;
    ssize_t count;
    do {
        count = read(fd, buffer_space(content, 65536), 65536);
        if (count > 0)
            buffer_grew(content, (size_t)count);
    } while (count > 0 && content->length <= MOST_CONTENT);
    int error = errno;
    close(fd);
    if (count < 0)
        return fail_errno(failure, error, "reading \"%.300s\"", path);
    if (content->length > MOST_CONTENT)
        return fail(failure, "EFBIG", "\"%.300s\" has more than %d bytes", path, MOST_CONTENT);
    return true;
}

bool file_write(const char *id, const char *path, const uint8_t *data, size_t size, struct failure *failure) {
    int fd = open_file(id, path, O_WRONLY | O_CREAT | O_TRUNC, failure);
    if (fd < 0)
        return false;
    ssize_t count = 0;
    while (size > 0 && (count = write(fd, data, size)) > 0) {
        data += count;
        size -= (size_t)count;
    }
    int error = errno;
    if (close(fd) < 0 && size == 0)
        return fail_errno(failure, errno, "writing \"%.300s\"", path);
    return size == 0 || fail_errno(failure, error, "writing \"%.300s\"", path);
}
