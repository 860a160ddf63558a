// Namespaces, root directory, user, umask, and the very file of bin.js: where all of them are the daemon's, a path means the
// same file there, a pid the same process, and a command is done by the same code.
#include "place.h"

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

__attribute__((format(printf, 2, 3))) static bool say(struct text *text, const char *format, ...) {
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

static bool say_namespace(struct text *text, const char *name) {
    char path[32], target[64];
    snprintf(path, sizeof path, "/proc/self/ns/%s", name);
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length <= 0)
        return false;
    target[length] = 0;
    return say(text, "%s ", target);
}

static bool say_root(struct text *text) {
    struct stat root;
    return stat("/", &root) == 0 &&
           say(text, "root:%llu:%llu ", (unsigned long long)root.st_dev, (unsigned long long)root.st_ino);
}

static bool say_user(struct text *text) {
    mode_t mask = umask(0);
    umask(mask);
    return say(text, "user:%u:%u umask:%o ", (unsigned)geteuid(), (unsigned)getegid(), (unsigned)mask);
}

// By its time of change too: an installation that was replaced is another one.
static bool say_bin(struct text *text) {
    char path[PATH_MAX];
    struct stat bin;
    return bin_path(path, sizeof path) && stat(path, &bin) == 0 &&
           say(text, "bin:%llu:%llu:%lld.%09ld", (unsigned long long)bin.st_dev, (unsigned long long)bin.st_ino,
               (long long)bin.st_ctim.tv_sec, bin.st_ctim.tv_nsec);
}

bool place_say(char *to, size_t size) {
    struct text text = {to, size};
    return say_namespace(&text, "mnt") && say_namespace(&text, "pid") && say_namespace(&text, "user") &&
           say_root(&text) && say_user(&text) && say_bin(&text);
}
