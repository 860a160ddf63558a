#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "failure.h"
#include "tree.h"

// Above all numbers that they get in the end.
enum { PARKED = FIRST_DESCRIPTOR + MOST_ENTRIES };

static int open_socket(const char *path, struct sockaddr_un *address) {
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address->sun_path)
        fail(0, "the socket's path %.300s has more than %zu bytes", path, sizeof address->sun_path - 1);
    strcpy(address->sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        fail(errno, "a socket");
    return fd;
}

static int listen_at(const char *path) {
    struct sockaddr_un address;
    int fd = open_socket(path, &address);
    mode_t mask = umask(077);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 1) < 0)
        fail(errno, "listening at %.300s", path);
    umask(mask);
    return fd;
}

static int connect_to(const char *path) {
    struct sockaddr_un address;
    int fd = open_socket(path, &address);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        fail(errno, "connecting to %.300s", path);
    return fd;
}

// By a mount of its own that is read-only: /proc/self/fd opens a file again for whatever its mount allows.
static int open_file(const char *path) {
    int tree = tree_open(path, &(struct tree_options){.readonly = true});
    char same[64];
    snprintf(same, sizeof same, "/proc/self/fd/%d", tree);
    int fd = open(same, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        fail(errno, "opening %.300s", path);
    close(tree);
    return fd;
}

// Without a jail nothing is gained by a mount, which needs root.
static int open_plainly(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        fail(errno, "opening %.300s", path);
    return fd;
}

static int open_entry(const struct settings *settings, const struct entry *entry) {
    if (entry->kind == LISTEN)
        return listen_at(entry->path);
    if (entry->kind == CONNECT)
        return connect_to(entry->path);
    return settings->root ? open_file(entry->path) : open_plainly(entry->path);
}

void descriptors_open(struct settings *settings) {
    for (int i = 0; i < settings->entry_count; i++) {
        struct entry *entry = &settings->entries[i];
        if (entry_is_path(entry->kind))
            continue;
        int fd = open_entry(settings, entry);
        entry->fd = fcntl(fd, F_DUPFD_CLOEXEC, PARKED);
        if (entry->fd < 0)
            fail(errno, "a descriptor for %.300s", entry->path);
        close(fd);
    }
}

void descriptors_place(const struct settings *settings) {
    int number = FIRST_DESCRIPTOR;
    for (int i = 0; i < settings->entry_count; i++) {
        const struct entry *entry = &settings->entries[i];
        // Not close-on-exec, as the parked one is.
        if (!entry_is_path(entry->kind) && dup2(entry->fd, number++) < 0)
            fail(errno, "descriptor %d", number - 1);
    }
    if (syscall(SYS_close_range, number, ~0U, 0) < 0)
        fail(errno, "closing the other descriptors");
}
