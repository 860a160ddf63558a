// The containers are in one cgroup. While more can come its memory.high is below what there is: a container that gets there is slowed down,
// and the host is asked. So it is when programs wait for memory: what is cached of the host's files is in no cgroup. Once nothing comes any more its memory.max leaves the kernel a reserve: a container that wants all is killed by
// itself, where a machine that has nothing left would drop the text of every program, and read it again.
#include "container/demand.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "channel/control.h"
#include "container/cgroup.h"
#include "container/cgroupfiles.h"
#include "machine/hotplug.h"
#include "machine/limits.h"
#include "machine/pressure.h"
#include "machine/text.h"

enum { WAIT_MS = 10000, RESERVE_MIB = 24 };

static int group = -1;
static struct watch events = {.fd = -1};
static struct timer waiting;
static uint64_t seen;
static int64_t total, to_come; // MiB
static bool asked;

static int64_t memory_mib(void) {
    struct sysinfo info;
    return sysinfo(&info) < 0 ? 0 : (int64_t)((uint64_t)info.totalram * info.mem_unit >> 20);
}

// `mib` is 0 for no limit.
static void set(const char *file, int64_t mib) {
    char text[32] = "max";
    if (mib > 0)
        snprintf(text, sizeof text, "%lldM", (long long)mib);
    if (!text_write_at(group, file, text))
        log_line("the containers' %s: %s", file, strerror(errno));
}

static void ask(void) {
    static const char event[] = "{\"event\":\"memory-short\"}";
    if (asked || to_come <= 0)
        return;
    asked = true;
    control_event(PROCESSASYNCEVENT, event, sizeof event - 1);
    timer_start(&waiting, WAIT_MS);
}

static void limit(void) {
    // What the kernel has from the start, and what it needs for processes and charges to nobody.
    int64_t reserve = RESERVE_MIB + total / 16;
    if (reserve > total / 4)
        reserve = total / 4;
    if (to_come > 0) {
        set("memory.max", 0);
        set("memory.high", total - total / 4);
        pressure_watch(ask);
    } else {
        set("memory.max", total - reserve);
        set("memory.high", 0);
        pressure_ignore();
    }
    limits_keep_recent(to_come <= 0);
}

static void nothing_came(struct timer *timer) {
    (void)timer;
    log_line("the host was asked for memory, and added none in %d s", WAIT_MS / 1000);
    to_come = 0;
    limit();
}

static void short_of_memory(struct watch *watch, uint32_t ready) {
    char text[512];
    (void)ready;
    if (!cgroup_file_read_watched(watch, text, sizeof text))
        return;
    uint64_t high = cgroup_file_number(text, "high");
    if (high == seen)
        return;
    seen = high;
    ask();
}

static void grown(void) {
    int64_t now = memory_mib();
    if (group < 0 || now <= total)
        return;
    demand_forget();
    to_come -= now - total;
    // The kernel's records of new memory are in it.
    if (to_come < now / 16)
        to_come = 0;
    total = now;
    limit();
}

void demand_begin(int64_t more) {
    if (group < 0)
        group = cgroups_open();
    // A kernel without the memory controller has nothing to limit.
    if (group < 0 || (events.fd < 0 && !cgroup_file_watch(group, &events, "memory.events.local", short_of_memory)))
        return;
    waiting.expired = nothing_came;
    hotplug_on_growth(grown);
    total = memory_mib();
    to_come = more;
    limit();
}

void demand_forget(void) {
    asked = false;
    timer_stop(&waiting);
}
