// The life of a cgroup: made, limited, frozen, removed.
#include "container/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/loop.h"
#include "container/cgroupfiles.h"
#include "machine/text.h"
#include "machine/writeback.h"

#define ROOT "/sys/fs/cgroup"
#define POD ROOT "/pod"
enum { PATH_SIZE = 320, TEXT_SIZE = 16 * 1024, PROCS_SIZE = 256 * 1024 };

struct cgroup {
    struct watch memory; // first: the watch is the cgroup
    struct watch events;
    char *container;
    char path[PATH_SIZE];
    int directory;
    uint64_t killed; // how many processes the OOM killer has killed
    bool frozen, removing;
    struct request freezing;
    struct write_back written_back; // once it is frozen
};

static const char *const metrics[] = {
    "cgroup.procs",   "cpu.stat",      "memory.current",      "memory.peak",     "memory.max", "memory.stat",
    "memory.events",  "memory.swap.current", "memory.swap.max", "pids.current", "pids.max",   "io.stat",
};

static void enable_below(const char *path) {
    char file[PATH_SIZE], controllers[256], *rest = controllers;
    snprintf(file, sizeof file, "%s/cgroup.controllers", path);
    text_read(file, controllers, sizeof controllers);
    snprintf(file, sizeof file, "%s/cgroup.subtree_control", path);
    int fd = open(file, O_WRONLY | O_CLOEXEC);
    for (char *name; fd >= 0 && (name = strsep(&rest, " \n"));)
        // One by one, because the kernel rejects a whole line for one controller.
        if (*name && dprintf(fd, "+%s", name) < 0)
            log_line("the cgroup controller %s below %s: %s", name, path, strerror(errno));
    close_fd(&fd);
}

void cgroups_enable(void) {
    enable_below(ROOT);
    if (access(ROOT "/cgroup.procs", F_OK) < 0)
        return;
    if (mkdir(POD, 0755) < 0)
        log_line("the cgroup " POD ": %s", strerror(errno));
    enable_below(POD);
}

int cgroups_open(void) {
    return mode.host ? -1 : open(POD, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void send_oom(const struct cgroup *cgroup) {
    struct json_object *event = json_object_new_object();
    if (!event ||
        json_object_object_add(event, "container", json_object_new_string(cgroup->container)) < 0 ||
        json_object_object_add(event, "event", json_object_new_string("oom")) < 0)
        fatal("out of memory: an event's JSON");
    size_t size = 0;
    const char *text = json_object_to_json_string_length(
        event, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &size);
    control_event(PROCESSASYNCEVENT, text, size);
    json_object_put(event);
}

void cgroup_look_for_kills(struct cgroup *cgroup) {
    char text[512];
    if (!cgroup || cgroup->memory.fd < 0 || !cgroup_file_read_watched(&cgroup->memory, text, sizeof text))
        return;
    uint64_t killed = cgroup_file_number(text, "oom_kill");
    if (killed > cgroup->killed)
        send_oom(cgroup);
    cgroup->killed = killed;
}

static void memory_changed(struct watch *watch, uint32_t events) {
    (void)events;
    cgroup_look_for_kills((struct cgroup *)watch);
}

// The cgroup of an earlier container with the same id may still be there.
static bool make_directory(struct cgroup *cgroup) {
    static unsigned again;
    // With the prefix no id is the name of one of the kernel's files.
    snprintf(cgroup->path, PATH_SIZE, POD "/runv-%s", cgroup->container);
    if (mkdir(cgroup->path, 0755) < 0 && errno == EEXIST) {
        snprintf(cgroup->path, PATH_SIZE, POD "/runv-%s.%u", cgroup->container, ++again);
        if (mkdir(cgroup->path, 0755) < 0)
            return false;
    }
    cgroup->directory = open(cgroup->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return cgroup->directory >= 0;
}

static void release(struct cgroup *cgroup) {
    cgroup_file_unwatch(&cgroup->memory);
    cgroup_file_unwatch(&cgroup->events);
    write_back_cancel(&cgroup->written_back);
    close_fd(&cgroup->directory);
    free(cgroup->container);
    free(cgroup);
}

struct cgroup *cgroup_make(const char *container) {
    if (mode.host || access(POD "/cgroup.procs", F_OK) < 0)
        return NULL;
    struct cgroup *cgroup = allocate(sizeof *cgroup);
    cgroup->container = copy_string(container);
    cgroup->directory = cgroup->memory.fd = cgroup->events.fd = -1;
    if (!make_directory(cgroup)) {
        log_line("the cgroup %s: %s", cgroup->path, strerror(errno));
        release(cgroup);
        return NULL;
    }
    // A kernel without the memory controller lacks the file.
    if (!cgroup_file_watch(cgroup->directory, &cgroup->memory, "memory.events", memory_changed))
        cgroup_file_unwatch(&cgroup->memory);
    return cgroup;
}

int cgroup_directory(const struct cgroup *cgroup) {
    return cgroup ? cgroup->directory : -1;
}

int cgroup_directory_of(pid_t pid) {
    char text[PATH_SIZE], path[PATH_SIZE + sizeof ROOT];
    snprintf(path, sizeof path, "/proc/%d/cgroup", (int)pid);
    if (!text_read(path, text, sizeof text))
        return -1;
    text[strcspn(text, "\n")] = 0;
    // The only line where there is version 2 alone.
    if (strncmp(text, "0::/", 4) != 0) {
        errno = ENOENT;
        return -1;
    }
    snprintf(path, sizeof path, ROOT "%s", text + 3);
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

bool cgroup_is_divided(const struct cgroup *cgroup) {
    struct stat about;
    // A directory has a link for itself, for its name, and for each below it.
    return cgroup && fstat(cgroup->directory, &about) == 0 && about.st_nlink > 2;
}

// A kernel that lacks one of these files lacks what the file would limit.
static bool may_be_missing(const char *name) {
    return !strcmp(name, "memory.swap.max") || !strcmp(name, "io.weight") || !strncmp(name, "hugetlb.", 8);
}

static bool check_file(const char *name, struct failure *failure) {
    bool is_limit = strchr(name, '.') && !strchr(name, '/') && strncmp(name, "cgroup.", 7) != 0;
    return is_limit || fail(failure, "INVALID", "\"%.100s\" is no file for a cgroup's limit", name);
}

bool cgroup_set(struct cgroup *cgroup, struct json_object *values, struct failure *failure) {
    if (!values || json_object_object_length(values) == 0)
        return true;
    if (!cgroup)
        return fail(failure, "INVALID", "the guest's kernel has no cgroups to limit a container with");
    json_object_object_foreach(values, name, value) {
        const char *text = json_object_get_string(value);
        if (!check_file(name, failure))
            return false;
        if (!text_write_at(cgroup->directory, name, text) && !(errno == ENOENT && may_be_missing(name)))
            return fail_errno(failure, errno, "writing \"%.100s\" to the cgroup's %s", text, name);
    }
    return true;
}

bool cgroup_give(const struct cgroup *cgroup, const struct id_maps *maps, struct failure *failure) {
    static const char *const delegated[] = {".", "cgroup.procs", "cgroup.threads", "cgroup.subtree_control"};
    for (size_t i = 0; cgroup && id_maps_any(maps) && i < sizeof delegated / sizeof *delegated; i++)
        if (fchownat(cgroup->directory, delegated[i], map_user(maps, 0), map_group(maps, 0), 0) < 0)
            return fail_errno(failure, errno, "giving the cgroup's %s to the container's root", delegated[i]);
    return true;
}

struct json_object *cgroup_metrics(const struct cgroup *cgroup) {
    struct json_object *object = json_object_new_object();
    char *text = allocate(TEXT_SIZE);
    for (size_t i = 0; object && cgroup && i < sizeof metrics / sizeof *metrics; i++)
        if (cgroup_file_read(cgroup->directory, metrics[i], text, TEXT_SIZE) >= 0 &&
            json_object_object_add(object, metrics[i], json_object_new_string(text)) < 0)
            fatal("out of memory: a cgroup's metrics");
    free(text);
    return object;
}

bool cgroup_hold(const struct cgroup *cgroup) {
    return cgroup && !cgroup->frozen && text_write_at(cgroup->directory, "cgroup.freeze", "1");
}

void cgroup_let_go(const struct cgroup *cgroup) {
    if (!text_write_at(cgroup->directory, "cgroup.freeze", "0"))
        log_line("thawing the container %s after its signal: %s", cgroup->container, strerror(errno));
}

bool cgroup_signal(const struct cgroup *cgroup, pid_t init, int number, struct failure *failure) {
    if (!cgroup)
        return fail(failure, "INVALID", "the guest's kernel has no cgroups to find a container's processes by");
    char *text = allocate(PROCS_SIZE);
    bool done = cgroup_file_read(cgroup->directory, "cgroup.procs", text, PROCS_SIZE) >= 0 ||
                fail_errno(failure, errno, "the processes of the container \"%s\"", cgroup->container);
    for (char *rest = text, *line; done && (line = strsep(&rest, "\n"));) {
        pid_t pid = (pid_t)strtol(line, NULL, 10);
        // A process that has ended meanwhile needs no signal.
        if (pid > 0 && pid != init && kill(pid, number) < 0 && errno != ESRCH)
            done = fail_errno(failure, errno, "signal %d to the process %d", number, (int)pid);
    }
    free(text);
    return done;
}

static void answer_freezing(struct cgroup *cgroup, bool frozen) {
    cgroup->frozen = frozen;
    answer_ack(&cgroup->freezing, NULL, 0);
}

// Whoever pauses a container reads its files next, as an engine does that commits it.
static void frozen_and_written(struct write_back *write_back) {
    struct cgroup *cgroup = (struct cgroup *)((char *)write_back - offsetof(struct cgroup, written_back));
    if (cgroup->freezing.open)
        answer_freezing(cgroup, true);
}

static void events_changed(struct watch *watch, uint32_t events) {
    struct cgroup *cgroup = (struct cgroup *)((char *)watch - offsetof(struct cgroup, events));
    char text[256];
    (void)events;
    if (!cgroup_file_read_watched(watch, text, sizeof text))
        return;
    if (cgroup->removing) {
        if (cgroup_file_number(text, "populated"))
            return;
        if (rmdir(cgroup->path) < 0)
            log_line("the cgroup %s: %s", cgroup->path, strerror(errno));
        release(cgroup);
        return;
    }
    if (cgroup->freezing.open && cgroup_file_number(text, "frozen")) {
        write_back_wait(&cgroup->written_back, frozen_and_written);
        write_back_begin();
    }
}

// A thaw, or the end of the container, cancels a freeze that is not complete.
static void cancel_freezing(struct cgroup *cgroup, const char *code, const char *why) {
    struct failure failure = {0};
    fail(&failure, code, "the container \"%s\" %s", cgroup->container, why);
    answer_error(&cgroup->freezing, &failure);
}

void cgroup_freeze(struct cgroup *cgroup, bool freeze, struct request request) {
    struct failure failure = {0};
    if (!cgroup)
        fail(&failure, "INVALID", "the guest's kernel has no cgroups to freeze a container with");
    else if (freeze && cgroup->freezing.open)
        fail(&failure, "EBUSY", "the container \"%s\" is being frozen already", cgroup->container);
    else if ((cgroup->events.fd < 0 &&
              !cgroup_file_watch(cgroup->directory, &cgroup->events, "cgroup.events", events_changed)) ||
             !text_write_at(cgroup->directory, "cgroup.freeze", freeze ? "1" : "0"))
        fail_errno(&failure, errno, "freezing the container \"%s\"", cgroup->container);
    if (failure.code[0]) {
        answer_error(&request, &failure);
        return;
    }
    cancel_freezing(cgroup, "EBUSY", "was thawed instead");
    cgroup->freezing = request;
    // From now on no process may be added: it would be frozen before its first step, for which PID 1 waits.
    cgroup->frozen = true;
    if (freeze)
        events_changed(&cgroup->events, 0);
    else
        answer_freezing(cgroup, false);
}

bool cgroup_is_frozen(const struct cgroup *cgroup) {
    return cgroup && cgroup->frozen;
}

void cgroup_kill(const struct cgroup *cgroup) {
    if (cgroup && !text_write_at(cgroup->directory, "cgroup.kill", "1"))
        log_line("killing what is in the cgroup %s: %s", cgroup->path, strerror(errno));
}

void cgroup_remove(struct cgroup *cgroup) {
    if (!cgroup)
        return;
    cgroup_look_for_kills(cgroup);
    cgroup_file_unwatch(&cgroup->memory);
    cancel_freezing(cgroup, "NOTFOUND", "has ended");
    cgroup->removing = true;
    if (rmdir(cgroup->path) == 0) {
        release(cgroup);
        return;
    }
    if (cgroup->events.fd < 0 &&
        !cgroup_file_watch(cgroup->directory, &cgroup->events, "cgroup.events", events_changed))
        log_line("watching the cgroup %s: %s", cgroup->path, strerror(errno));
    cgroup_kill(cgroup);
    events_changed(&cgroup->events, 0);
}
