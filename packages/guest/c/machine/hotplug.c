// Brings CPUs and memory online. The kernel reports plugged ones by uevents, some tenths of a second after the host
// plugged them.
#include "machine/hotplug.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/loop.h"
#include "machine/kernelevents.h"
#include "machine/limits.h"
#include "machine/text.h"

#define CPUS "/sys/devices/system/cpu"
#define MEMORY "/sys/devices/system/memory"

struct waiter {
    struct waiter *next;
    struct capacity wanted;
    struct request request;
};

static struct waiter *waiters;
static struct watch events = {.fd = -1};
static int64_t blocks_at_boot;
static void (*on_growth)(void);

static bool is_numbered(const char *name, const char *prefix) {
    size_t length = strlen(prefix);
    return !strncmp(name, prefix, length) && name[length] >= '0' && name[length] <= '9';
}

// Turns the switch on when it reads `off`. What has no switch (CPU 0) is always on.
static bool turn_on(const char *path, const char *off, const char *on, struct failure *failure) {
    char state[16];
    if (!text_read(path, state, sizeof state) || strncmp(state, off, strlen(off)))
        return true;
    bool done = text_write(path, on);
    int error = errno;
    // The kernel refuses when it has brought it online itself meanwhile.
    if (done || (text_read(path, state, sizeof state) && strncmp(state, off, strlen(off))))
        return true;
    return fail_errno(failure, error, "%s", path);
}

static bool turn_all_on(const char *directory, const char *prefix, const char *file, const char *off,
                        const char *on, struct failure *failure) {
    char path[512];
    bool done = true;
    DIR *entries = opendir(directory);
    if (!entries)
        return true;
    for (struct dirent *entry; (entry = readdir(entries));) {
        if (!is_numbered(entry->d_name, prefix))
            continue;
        snprintf(path, sizeof path, "%s/%s/%s", directory, entry->d_name, file);
        done = turn_on(path, off, on, failure) && done;
    }
    closedir(entries);
    return done;
}

bool hotplug_online(struct failure *failure) {
    if (mode.host)
        return true;
    bool cpus = turn_all_on(CPUS, "cpu", "online", "0", "1", failure);
    return turn_all_on(MEMORY, "memory", "state", "offline", "online", failure) && cpus;
}

// Counts a list such as "0-3,7".
static int64_t online_cpus(void) {
    char text[4096];
    int64_t count = 0;
    if (!text_read(CPUS "/online", text, sizeof text))
        return 0;
    for (char *part = text; *part >= '0' && *part <= '9';) {
        long first = strtol(part, &part, 10), last = first;
        if (*part == '-')
            last = strtol(part + 1, &part, 10);
        count += last - first + 1;
        if (*part == ',')
            part++;
    }
    return count;
}

static int64_t online_blocks(void) {
    char path[512], state[16];
    int64_t count = 0;
    DIR *entries = opendir(MEMORY);
    if (!entries)
        return 0;
    for (struct dirent *entry; (entry = readdir(entries));) {
        snprintf(path, sizeof path, MEMORY "/%s/state", entry->d_name);
        if (is_numbered(entry->d_name, "memory") && text_read(path, state, sizeof state))
            count += !strncmp(state, "online", 6);
    }
    closedir(entries);
    return count;
}

static int64_t added_blocks_mib(void) {
    char size[32];
    return text_read(MEMORY "/block_size_bytes", size, sizeof size)
               ? (online_blocks() - blocks_at_boot) * (int64_t)(strtoull(size, NULL, 16) >> 20)
               : 0;
}

// A User-mode Linux has no blocks: what it is given is online at once, maybe before this program ran.
static struct capacity measure(const struct capacity *wanted) {
    return (struct capacity){online_cpus(),
                             access(MEMORY, F_OK) == 0 ? added_blocks_mib() : wanted->added_memory_mib};
}

static void acknowledge(struct request *request, struct capacity reached) {
    char text[96];
    int length = snprintf(text, sizeof text, "{\"cpus\":%lld,\"addedMemoryMiB\":%lld}", (long long)reached.cpus,
                          (long long)reached.added_memory_mib);
    answer_ack(request, text, (size_t)length);
}

static void look(void) {
    struct failure failure = {0};
    bool done = hotplug_online(&failure);
    limits_follow_memory();
    if (on_growth)
        on_growth();
    for (struct waiter **link = &waiters, *waiter; (waiter = *link);) {
        struct capacity now = measure(&waiter->wanted);
        bool reached =
            now.cpus >= waiter->wanted.cpus && now.added_memory_mib >= waiter->wanted.added_memory_mib;
        if (!reached && done) {
            link = &waiter->next;
            continue;
        }
        *link = waiter->next;
        if (reached)
            acknowledge(&waiter->request, now);
        else
            answer_error(&waiter->request, &failure);
        free(waiter);
    }
    if (!waiters)
        hotplug_close();
}

static void changed(struct watch *watch, uint32_t ready) {
    (void)ready;
    kernel_events_drop(watch->fd);
    look();
}

static bool listen_to_kernel(struct failure *failure) {
    if (events.fd >= 0)
        return true;
    int fd = kernel_events_open();
    if (fd < 0)
        return fail_errno(failure, errno, "listening to the kernel's events");
    watch_init(&events, fd, changed);
    watch_for(&events, EPOLLIN);
    return true;
}

void hotplug_await(struct capacity wanted, struct request request) {
    struct failure failure = {0};
    // Comes before the first look, so that no event is missed between the two.
    if (!listen_to_kernel(&failure)) {
        answer_error(&request, &failure);
        return;
    }
    struct waiter *waiter = allocate(sizeof *waiter);
    *waiter = (struct waiter){.next = waiters, .wanted = wanted, .request = request};
    waiters = waiter;
    look();
}

void hotplug_forget(void) {
    while (waiters) {
        struct waiter *next = waiters->next;
        free(waiters);
        waiters = next;
    }
    hotplug_close();
}

void hotplug_on_growth(void (*call)(void)) {
    on_growth = call;
}

void hotplug_open(void) {
    blocks_at_boot = online_blocks();
}

void hotplug_close(void) {
    watch_stop(&events);
    close_fd(&events.fd);
}
