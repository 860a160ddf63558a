#include "machine/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "base/base.h"

#define TCP_MEMORY "/proc/sys/net/ipv4/tcp_mem"

enum { TEXT = 128, PENDING_SIGNALS = 65536, TCP_PART = 16, TCP_LEAST = 128 };

static const struct {
    const char *path, *value;
} raised[] = {
    {"/proc/sys/kernel/threads-max", "4194304"},
    {"/proc/sys/kernel/pid_max", "4194304"},
    {"/proc/sys/fs/file-max", "9223372036854775807"},
    {"/proc/sys/net/ipv4/tcp_max_orphans", "65536"},
};

// What the file said after the last write, or at boot.
static char tcp_memory[TEXT];

static bool write_text(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (!done)
        log_line("%s: %s", path, strerror(errno));
    close_fd(&fd);
    return done;
}

static bool read_text(const char *path, char text[TEXT]) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, TEXT - 1);
    text[length < 0 ? 0 : length] = 0;
    close_fd(&fd);
    return length > 0;
}

static void raise_own(int resource, rlim_t to) {
    struct rlimit limit = {to, to};
    if (setrlimit(resource, &limit) < 0)
        log_line("raising the limit %d: %s", resource, strerror(errno));
}

void limits_raise(void) {
    for (size_t i = 0; i < sizeof raised / sizeof *raised; i++)
        write_text(raised[i].path, raised[i].value);
    // Of PID 1, and so of all that it starts.
    raise_own(RLIMIT_NPROC, RLIM_INFINITY);
    raise_own(RLIMIT_SIGPENDING, PENDING_SIGNALS);
    read_text(TCP_MEMORY, tcp_memory);
}

// As the kernel does at boot (tcp_init_mem).
void limits_follow_memory(void) {
    char now[TEXT], wanted[TEXT];
    struct sysinfo info;
    if (mode.host || !read_text(TCP_MEMORY, now) || strcmp(now, tcp_memory) != 0 || sysinfo(&info) < 0)
        return;
    unsigned long pages = info.totalram / (unsigned long)sysconf(_SC_PAGESIZE) * info.mem_unit / TCP_PART;
    unsigned long pressure = pages > TCP_LEAST ? pages : TCP_LEAST, least = pressure / 4 * 3;
    snprintf(wanted, sizeof wanted, "%lu %lu %lu", least, pressure, least * 2);
    if (write_text(TCP_MEMORY, wanted))
        read_text(TCP_MEMORY, tcp_memory);
}
