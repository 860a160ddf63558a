// Kernel parameters, written below /proc/sys. The VM has only this pod, so a container may set any of them.
#include "rootfs/sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LONGEST_PATH = 256 };

static bool write_parameter(const char *name, const char *value, struct failure *failure) {
    char path[LONGEST_PATH];
    int length = snprintf(path, sizeof path, "/proc/sys/%s", name);
    if (length < 0 || length >= LONGEST_PATH || strstr(name, ".."))
        return fail(failure, "INVALID", "there is no sysctl \"%.100s\"", name);
    for (char *at = path; *at; at++)
        if (*at == '.')
            *at = '/';
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);
    int error = errno;
    close_fd(&fd);
    if (done)
        return true;
    if (error == ENOENT)
        return fail(failure, "INVALID", "there is no sysctl \"%.100s\" in the guest's kernel", name);
    return fail_errno(failure, error, "setting the sysctl \"%.100s\" to \"%.100s\"", name, value);
}

bool sysctl_apply(const struct container_spec *spec, struct failure *failure) {
    if (!spec->sysctl)
        return true;
    json_object_object_foreach(spec->sysctl, name, value) {
        if (!write_parameter(name, json_object_get_string(value), failure))
            return false;
    }
    return true;
}
