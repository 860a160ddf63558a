// The commands of the control channel: each checks its JSON, does its work or hands it on, and is answered
// once.
#include "commands.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/json.h"
#include "channel/streams.h"
#include "container/container.h"
#include "container/files.h"
#include "container/stats.h"
#include "container/userns.h"
#include "machine/clock.h"
#include "machine/hotplug.h"
#include "machine/share.h"
#include "network/nameserver.h"
#include "network/network.h"
#include "process/handshake.h"
#include "process/process.h"
#include "process/reap.h"
#include "process/spawn.h"
#include "rootfs/mounts.h"
#include "shutdown.h"

enum { LAST_BEFORE_VERSIONS = 4242, OUR_VERSION = 4244, END_TIMEOUT_MS = 10000, FLUSH_TIMEOUT_MS = 5000 };

struct command {
    struct request request;
    const uint8_t *payload;
    size_t size;
    struct json_object *json; // NULL for a command without JSON
    struct failure failure;
};

static void answer(struct command *command, bool done) {
    if (done)
        answer_ack(&command->request, NULL, 0);
    else
        answer_error(&command->request, &command->failure);
}

static void get_version(struct command *command) {
    uint8_t number[4];
    char text[512];
    struct utsname system;
    if (mode.version != 0 && mode.version < LAST_BEFORE_VERSIONS) {
        fail(&command->failure, "INVALID", "unknown command");
        answer(command, false);
        return;
    }
    put_be32(number, mode.version ? mode.version : OUR_VERSION);
    if (mode.version) {
        answer_ack(&command->request, number, sizeof number);
        return;
    }
    if (uname(&system) < 0)
        fatal("uname: %s", strerror(errno));
    memcpy(text, number, sizeof number);
    int length = snprintf(text + sizeof number, sizeof text - sizeof number,
                          "{\"runv\":1,\"kernel\":\"%.100s\",\"window\":%d}", system.release, INPUT_WINDOW);
    answer_ack(&command->request, text, sizeof number + (size_t)length);
}

static void negotiate(struct command *command) {
    int64_t version, window;
    bool done = mode.version == 0 || fail(&command->failure, "INVALID", "unknown command");
    done = done && (!control_extended() || fail(&command->failure, "EXISTS", "it was negotiated already"));
    done = done && json_integer(command->json, "runv", 1, INT64_MAX, 0, &version, &command->failure) &&
           json_integer(command->json, "window", 1, UINT32_MAX, 0, &window, &command->failure);
    if (done && (version < 1 || window < 1))
        done = fail(&command->failure, "INVALID", "runv and window must both be given");
    answer(command, done);
    if (!done)
        return;
    streams_negotiate((uint32_t)window);
    control_extend();
}

static void start_pod(struct command *command) {
    const char *hostname, *tag = "";
    bool user_namespace = false;
    bool done = json_text(command->json, "hostname", "", &hostname, &command->failure) &&
                json_flag(command->json, "userNamespace", false, &user_namespace, &command->failure) &&
                json_text(command->json, "shareDir", "share_dir", &tag, &command->failure);
    if (!tag[0])
        tag = "share_dir";
    // A VM that was started before its pod was known gets its name by a second STARTPOD.
    if (done && share_is_mounted() && !(control_extended() && share_is_mounted_from(tag)))
        done = fail(&command->failure, "EXISTS", "the pod was started already");
    if (done && !mode.host && hostname[0] && sethostname(hostname, strlen(hostname)) < 0)
        done = fail_errno(&command->failure, errno, "setting the host name \"%.100s\"", hostname);
    // Before its interfaces are set up, which SETUPINTERFACE does.
    if (done && user_namespace)
        done = userns_own_network(&command->failure);
    answer(command, done && (share_is_mounted() || share_mount(tag, &command->failure)));
}

static void destroy_pod(struct command *command) {
    processes_end(END_TIMEOUT_MS);
    share_unmount();
    sync();
    answer(command, true);
    if (!streams_flush(FLUSH_TIMEOUT_MS) || !control_flush(FLUSH_TIMEOUT_MS))
        log_line("the host took too long to read: powering off");
    shut_down();
}

// Lets go of the share, so that the VM can be saved; the next STARTPOD mounts the clone's own.
static void park(struct command *command) {
    bool done = !containers_any() ||
                fail(&command->failure, "EBUSY", "there are containers: REMOVECONTAINER comes first");
    if (done)
        share_unmount();
    answer(command, done);
}

static void new_container(struct command *command) {
    bool done =
        share_is_mounted() || fail(&command->failure, "INVALID", "there is no pod: STARTPOD comes first");
    if (!done) {
        answer(command, false);
        return;
    }
    struct child *child = child_make(true);
    // Here, because a container's own mounts are seen by nobody else.
    if (container_spec_parse(command->json, &child->container, &command->failure) &&
        (!mounts_have_volume(&child->container) || share_mount_volumes(&command->failure))) {
        spawn_init(child, command->request);
        return;
    }
    child_free(child);
    answer(command, false);
}

// The base protocol's execs need not have a name.
static const char *made_up_id(void) {
    static char id[32];
    static unsigned count;
    snprintf(id, sizeof id, "exec-%u", ++count);
    return id;
}

static void exec_command(struct command *command) {
    const char *container;
    struct json_object *process;
    bool done = json_text(command->json, "container", NULL, &container, &command->failure) &&
                json_nested(command->json, "process", &process, &command->failure) &&
                (process || fail(&command->failure, "INVALID", "process is missing"));
    struct child *child = child_make(false);
    if (done && process_spec_parse(process, made_up_id(), &child->process, &command->failure)) {
        spawn_exec(container, child, command->request);
        return;
    }
    child_free(child);
    answer(command, false);
}

static struct container *named_container(struct command *command) {
    const char *id;
    if (!json_text(command->json, "container", NULL, &id, &command->failure))
        return NULL;
    struct container *container = container_find(id);
    if (!container)
        fail(&command->failure, "NOTFOUND", "there is no container \"%.200s\"", id);
    return container;
}

static void start_container(struct command *command) {
    const char *id;
    if (!json_text(command->json, "id", NULL, &id, &command->failure)) {
        answer(command, false);
        return;
    }
    struct container *container = container_find(id);
    if (container)
        startup_release(container, command->request);
    else
        answer(command, fail(&command->failure, "NOTFOUND", "there is no container \"%.200s\"", id));
}

static bool get_signal(struct command *command, int64_t *number) {
    if (!json_integer(command->json, "signal", 0, 64, -1, number, &command->failure))
        return false;
    return *number >= 0 || fail(&command->failure, "INVALID", "signal is missing");
}

static void kill_container(struct command *command) {
    int64_t number;
    bool all;
    struct container *container = named_container(command);
    bool done = container && get_signal(command, &number) &&
                json_flag(command->json, "all", false, &all, &command->failure) &&
                (container->init ||
                 fail(&command->failure, "NOTFOUND", "the container \"%s\" has ended", container->id));
    if (done && all)
        done = cgroup_signal(container->cgroup, container->init, (int)number, &command->failure);
    answer(command, done && process_signal(container, process_init_of(container)->id, (int)number, &command->failure));
}

static void signal_process(struct command *command) {
    int64_t number;
    const char *container_id, *id;
    struct container *container = NULL;
    bool done = json_text(command->json, "container", NULL, &container_id, &command->failure) &&
                json_text(command->json, "process", NULL, &id, &command->failure) &&
                get_signal(command, &number);
    if (done && strcmp(container_id, "hyperstart"))
        done = (container = named_container(command)) != NULL;
    answer(command, done && process_signal(container, id, (int)number, &command->failure));
}

static void remove_container(struct command *command) {
    struct container *container = named_container(command);
    bool done = container != NULL;
    if (done && container_is_busy(container))
        done = fail(&command->failure, "EBUSY", "the container \"%s\" has running processes", container->id);
    if (done) {
        processes_forget(container);
        container_remove(container);
        share_forget_names();
    }
    answer(command, done);
}

static struct container *running_container(struct command *command) {
    struct container *container = named_container(command);
    if (!container || container->init)
        return container;
    fail(&command->failure, "NOTFOUND", "the container \"%s\" has ended", container->id);
    return NULL;
}

static void update_container(struct command *command) {
    struct json_object *values;
    struct container *container = running_container(command);
    answer(command, container && parse_texts(command->json, "cgroup", &values, &command->failure) &&
                        cgroup_set(container->cgroup, values, &command->failure));
}

static void stats(struct command *command) {
    struct container *container = running_container(command);
    if (container)
        stats_answer(container, &command->request);
    else
        answer(command, false);
}

static void freeze_or_thaw(struct command *command, bool freeze) {
    struct container *container = running_container(command);
    if (container)
        cgroup_freeze(container->cgroup, freeze, command->request);
    else
        answer(command, false);
}

static void freeze(struct command *command) {
    freeze_or_thaw(command, true);
}

static void thaw(struct command *command) {
    freeze_or_thaw(command, false);
}

static void resize(struct command *command) {
    uint64_t session;
    int64_t rows, columns;
    answer(command,
           json_u64(command->json, "seq", 0, &session, &command->failure) &&
               json_integer(command->json, "row", 0, UINT16_MAX, 0, &rows, &command->failure) &&
               json_integer(command->json, "column", 0, UINT16_MAX, 0, &columns, &command->failure) &&
               process_resize(session, (unsigned short)rows, (unsigned short)columns, &command->failure));
}

static bool get_file(struct command *command, const char **container, const char **path) {
    return json_text(command->json, "container", NULL, container, &command->failure) &&
           json_text(command->json, "file", NULL, path, &command->failure);
}

static void read_file(struct command *command) {
    const char *container, *path;
    struct buffer content = {0};
    if (get_file(command, &container, &path) && file_read(container, path, &content, &command->failure))
        answer_ack(&command->request, buffer_data(&content), content.length);
    else
        answer(command, false);
    buffer_free(&content);
}

static size_t json_size(const struct command *command) {
    const uint8_t *end = command->size ? memchr(command->payload, 0, command->size) : NULL;
    return end ? (size_t)(end - command->payload) : command->size;
}

static void write_file(struct command *command) {
    const char *container, *path;
    size_t head = json_size(command);
    bool done = head < command->size || fail(&command->failure, "INVALID", "no NUL byte ends the JSON");
    answer(command, done && get_file(command, &container, &path) &&
                        file_write(container, path, command->payload + head + 1, command->size - head - 1,
                                   &command->failure));
}

static void online(struct command *command) {
    int64_t cpus, added;
    // Without a size, and in the base protocol, where all would wait behind it: what is there now.
    if (command->size == 0 || !control_extended()) {
        answer(command, hotplug_online(&command->failure));
        return;
    }
    command->json = json_parse_object(command->payload, command->size, &command->failure);
    if (command->json && json_integer(command->json, "cpus", 0, INT32_MAX, 0, &cpus, &command->failure) &&
        json_integer(command->json, "addedMemoryMiB", 0, INT32_MAX, 0, &added, &command->failure))
        hotplug_await((struct capacity){cpus, added}, command->request);
    else
        answer(command, false);
}

static void set_clock(struct command *command) {
    int64_t seconds, nanoseconds;
    const char *entropy;
    bool done =
        json_integer(command->json, "seconds", 0, INT64_MAX, -1, &seconds, &command->failure) &&
        json_integer(command->json, "nanoseconds", 0, 999999999, 0, &nanoseconds, &command->failure) &&
        json_text(command->json, "entropy", "", &entropy, &command->failure);
    if (done && seconds >= 0)
        done = machine_set_clock(seconds, nanoseconds, &command->failure);
    answer(command, done && machine_add_entropy(entropy, &command->failure));
}

static void ping(struct command *command) {
    answer_ack(&command->request, command->payload, command->size);
}

static void set_up_interface(struct command *command) {
    network_set_up_interface(command->json, command->request);
}

static void set_routes(struct command *command) {
    network_set_routes(command->json, command->request);
}

static void open_nameserver(struct command *command) {
    answer(command, nameserver_open(command->json, &command->failure));
}

static void reply(struct command *command) {
    answer(command, nameserver_reply(command->payload, command->size, &command->failure));
}

static void delete_interface(struct command *command) {
    network_delete_interface(command->json, command->request);
}

static const struct {
    uint32_t code;
    bool has_json;
    void (*run)(struct command *command);
} commands[] = {
    {GETVERSION, false, get_version},
    {STARTPOD, true, start_pod},
    {DESTROYPOD, false, destroy_pod},
    {EXECCMD, true, exec_command},
    {WINSIZE, true, resize},
    {PING, false, ping},
    {WRITEFILE, true, write_file},
    {READFILE, true, read_file},
    {NEWCONTAINER, true, new_container},
    {KILLCONTAINER, true, kill_container},
    {ONLINECPUMEM, false, online},
    {SETUPINTERFACE, true, set_up_interface},
    {SETUPROUTE, true, set_routes},
    {REMOVECONTAINER, true, remove_container},
    {SIGNALPROCESS, true, signal_process},
    {DELETEINTERFACE, true, delete_interface},
    {NEGOTIATE, true, negotiate},
    {STARTCONTAINER, true, start_container},
    {SETCLOCK, true, set_clock},
    {PARK, false, park},
    {UPDATECONTAINER, true, update_container},
    {STATS, true, stats},
    {FREEZE, true, freeze},
    {THAW, true, thaw},
    {NAMESERVER, true, open_nameserver},
    {REPLY, false, reply},
};

static bool check_id(const struct command *command, struct failure *failure) {
    return !control_extended() || command->request.id != 0 ||
           fail(failure, "INVALID", "the message's id is 0, which is the guest's own");
}

void command_run(struct request request, const uint8_t *payload, size_t size) {
    struct command command = {.request = request, .payload = payload, .size = size};
    size_t i = 0, count = sizeof commands / sizeof *commands;
    while (i < count && commands[i].code != request.code)
        i++;
    if (i == count) {
        answer(&command, fail(&command.failure, "INVALID", "there is no command %u", request.code));
        return;
    }
    bool ready = check_id(&command, &command.failure);
    if (ready && commands[i].has_json) {
        command.json = json_parse_object(payload, json_size(&command), &command.failure);
        ready = command.json != NULL;
    }
    if (ready)
        commands[i].run(&command);
    else
        answer(&command, false);
    json_object_put(command.json);
}
