// Writes namespaces, root directory, user, umask, and the identity of bin.js. Where all of them equal the daemon's, a path
// means the same file to both, a pid the same process, and the same code runs the command.
#include "fingerprint.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bin.h"

struct text {
    char *at;
    size_t room;
};

__attribute__((format(printf, 2, 3))) static bool add(struct text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text->at, text->room, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= text->room)
        return false;
    text->at += length;
    text->room -= (size_t)length;
    return true;
}

static bool add_namespace(struct text *text, const char *name) {
    char path[32], target[64];
    snprintf(path, sizeof path, "/proc/self/ns/%s", name);
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length <= 0)
        return false;
    target[length] = 0;
    return add(text, "%s ", target);
}

static bool add_root(struct text *text) {
    struct stat root;
    return stat("/", &root) == 0 &&
           add(text, "root:%llu:%llu ", (unsigned long long)root.st_dev, (unsigned long long)root.st_ino);
}

static bool add_user(struct text *text) {
    mode_t mask = umask(0);
    umask(mask);
    return add(text, "user:%u:%u umask:%o ", (unsigned)geteuid(), (unsigned)getegid(), (unsigned)mask);
}

// The time of change distinguishes a replaced installation.
static bool add_bin(struct text *text) {
    char path[PATH_MAX];
    struct stat bin;
    return bin_path(path, sizeof path) && stat(path, &bin) == 0 &&
           add(text, "bin:%llu:%llu:%lld.%09ld", (unsigned long long)bin.st_dev, (unsigned long long)bin.st_ino,
               (long long)bin.st_ctim.tv_sec, bin.st_ctim.tv_nsec);
}

bool fingerprint_write(char *to, size_t size) {
    struct text text = {to, size};
    return add_namespace(&text, "mnt") && add_namespace(&text, "pid") && add_namespace(&text, "user") &&
           add_root(&text) && add_user(&text) && add_bin(&text);
}
