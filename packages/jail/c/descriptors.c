#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "failure.h"
#include "sockets.h"
#include "tree.h"

// After the FIFO's own name.
#define LEFT ".left"

// Above all numbers that they get in the end.
enum { PARKED = FIRST_DESCRIPTOR + MOST_ENTRIES };

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

// For reading too: so it opens without a reader, and a write does not fail while there is none.
static int make_fifo(const char *path) {
    if (mkfifo(path, 0600) < 0)
        fail(errno, "making the FIFO %.300s", path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        fail(errno, "opening %.300s", path);
    return fd;
}

static int open_entry(const struct settings *settings, const struct entry *entry) {
    if (entry->kind == LISTEN)
        return socket_listen(entry->path);
    if (entry->kind == FIFO)
        return make_fifo(entry->path);
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
        // The command line is forgotten before the program ends.
        if (entry->kind == FIFO && !(entry->path = strdup(entry->path)))
            fail(errno, "keeping a path");
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

static void close_between(int before, int after) {
    if (before + 1 < after && syscall(SYS_close_range, before + 1, after - 1, 0) < 0)
        fail(errno, "closing the program's descriptors");
}

void descriptors_keep_fifos(const struct settings *settings, const int *kept, int count) {
    int last = STDERR_FILENO;
    for (int i = 0; i < count; i++) {
        close_between(last, kept[i]);
        last = kept[i];
    }
    for (int i = 0; i < settings->entry_count; i++) {
        const struct entry *entry = &settings->entries[i];
        if (entry->kind != FIFO)
            continue;
        close_between(last, entry->fd);
        last = entry->fd;
    }
    close_between(last, INT_MAX);
}

// Of a FIFO that somebody reads meanwhile this is the rest.
static void save_fifo(const struct entry *entry) {
    static char words[1 << 16];
    char path[PATH_MAX];
    if (fcntl(entry->fd, F_SETFL, O_NONBLOCK) < 0)
        return;
    ssize_t count = read(entry->fd, words, sizeof words);
    if (count <= 0)
        return;
    snprintf(path, sizeof path, "%s" LEFT, entry->path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    // Where there is no room for the words they are lost.
    ssize_t written = write(fd, words, (size_t)count);
    (void)written;
    close(fd);
}

void descriptors_save_fifos(const struct settings *settings) {
    for (int i = 0; i < settings->entry_count; i++)
        if (settings->entries[i].kind == FIFO)
            save_fifo(&settings->entries[i]);
}
