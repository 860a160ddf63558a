// Preloaded into a QEMU before 9.2.1, which opens the file of a clone's memory for writing, although it maps it privately. In the jail
// that file cannot be written: other clones have it too. To read it is enough for a private mapping.
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_file(const char *path, int flags, mode_t mode) {
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (fd >= 0 || errno != EROFS || (flags & O_ACCMODE) != O_RDWR || flags & (O_CREAT | O_TRUNC))
        return fd;
    return (int)syscall(SYS_openat, AT_FDCWD, path, (flags & ~O_ACCMODE) | O_RDONLY, mode);
}

// The names that QEMU, built with 64-bit offsets, has it by; the second where it was built with _FORTIFY_SOURCE.
int open64(const char *path, int flags, ...) {
    mode_t mode = 0;
    if (flags & (O_CREAT | O_TMPFILE)) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    return open_file(path, flags, mode);
}

int __open64_2(const char *path, int flags);

int __open64_2(const char *path, int flags) {
    return open_file(path, flags, 0);
}
