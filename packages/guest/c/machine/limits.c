#include "machine/limits.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "base/base.h"
#include "machine/text.h"

#define TCP_MEMORY "/proc/sys/net/ipv4/tcp_mem"

enum { TEXT = 128, PENDING_SIGNALS = 65536, TCP_PART = 16, TCP_LEAST = 128 };

static const struct {
    const char *path, *value;
} raised[] = {
    {"/proc/sys/kernel/threads-max", "4194304"},
    {"/proc/sys/kernel/pid_max", "4194304"},
    {"/proc/sys/fs/file-max", "9223372036854775807"},
    {"/proc/sys/net/ipv4/tcp_max_orphans", "65536"},
    // A program may map more than the VM has, as it may map more than its container may use.
    {"/proc/sys/vm/overcommit_memory", "1"},
    // What a program has written is on the host within two seconds, where other programs look for it.
    {"/proc/sys/vm/dirty_expire_centisecs", "100"},
    {"/proc/sys/vm/dirty_writeback_centisecs", "100"},
};

#define KEPT "/sys/kernel/mm/lru_gen/min_ttl_ms"

// What the file said after the last write, or at boot.
static char tcp_memory[TEXT];

static bool write_or_log(const char *path, const char *text) {
    bool done = text_write(path, text);
    if (!done)
        log_line("%s: %s", path, strerror(errno));
    return done;
}

static void raise_own(int resource, rlim_t to) {
    struct rlimit limit = {to, to};
    if (setrlimit(resource, &limit) < 0)
        log_line("raising the limit %d: %s", resource, strerror(errno));
}

// However many processes the containers have, PID 1 hears its host at once. What it starts is scheduled as usual.
// musl has no sched_setscheduler().
static void go_first(void) {
    const struct sched_param least = {.sched_priority = 1};
    if (syscall(SYS_sched_setscheduler, 0, SCHED_FIFO | SCHED_RESET_ON_FORK, &least) < 0)
        log_line("the scheduler's policy of PID 1: %s", strerror(errno));
}

// A kernel may lack it.
void limits_keep_recent(bool keep) {
    if (!mode.host && access(KEPT, F_OK) == 0)
        write_or_log(KEPT, keep ? "1000" : "0");
}

void limits_raise(void) {
    for (size_t i = 0; i < sizeof raised / sizeof *raised; i++)
        write_or_log(raised[i].path, raised[i].value);
    limits_keep_recent(true);
    // Of PID 1, and so of all that it starts.
    raise_own(RLIMIT_NPROC, RLIM_INFINITY);
    raise_own(RLIMIT_SIGPENDING, PENDING_SIGNALS);
    go_first();
    text_read(TCP_MEMORY, tcp_memory, TEXT);
    // More may come than there is.
    limits_follow_memory();
}

// As the kernel does at boot (tcp_init_mem).
void limits_follow_memory(void) {
    char now[TEXT], wanted[TEXT];
    struct sysinfo info;
    if (mode.host || !text_read(TCP_MEMORY, now, TEXT) || strcmp(now, tcp_memory) != 0 || sysinfo(&info) < 0)
        return;
    unsigned long pages = info.totalram / (unsigned long)sysconf(_SC_PAGESIZE) * info.mem_unit / TCP_PART;
    unsigned long pressure = pages > TCP_LEAST ? pages : TCP_LEAST, least = pressure / 4 * 3;
    snprintf(wanted, sizeof wanted, "%lu %lu %lu", least, pressure, least * 2);
    if (write_or_log(TCP_MEMORY, wanted))
        text_read(TCP_MEMORY, tcp_memory, TEXT);
}
