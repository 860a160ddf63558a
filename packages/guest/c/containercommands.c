// Handlers: each checks its JSON, does the work or passes it on, and answers once.
#include "containercommands.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/json.h"
#include "container/cgroup.h"
#include "container/container.h"
#include "container/files.h"
#include "container/stats.h"
#include "machine/share.h"
#include "network/podnetwork.h"
#include "process/handshake.h"
#include "process/list.h"
#include "process/process.h"
#include "process/spawn.h"
#include "rootfs/mounts.h"
#include "spec/containerspec.h"

static void new_container(struct command *command) {
    bool done =
        share_is_mounted() || fail(&command->failure, "INVALID", "there is no pod: STARTPOD comes first");
    if (!done) {
        command_answer(command, false);
        return;
    }
    struct child *child = child_make(true);
    // PID 1 mounts the volumes, so that every container sees them.
    if (container_spec_parse(command->json, &child->container, &command->failure) &&
        (!mounts_have_volume(&child->container) || share_mount_volumes(&command->failure))) {
        if (!child->container.created)
            pod_network_hide();
        spawn_init(child, command->request);
        return;
    }
    child_free(child);
    command_answer(command, false);
}

// In the base protocol an exec may lack an id.
static const char *generated_id(void) {
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
    if (done && process_spec_parse(process, generated_id(), &child->process, &command->failure)) {
        spawn_exec(container, child, command->request);
        return;
    }
    child_free(child);
    command_answer(command, false);
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
        command_answer(command, false);
        return;
    }
    struct container *container = container_find(id);
    pod_network_hide();
    if (container)
        handshake_release(container, command->request);
    else
        command_answer(command, fail(&command->failure, "NOTFOUND", "there is no container \"%.200s\"", id));
}

static bool get_signal(struct command *command, int64_t *number) {
    if (!json_integer(command->json, "signal", 0, 64, -1, number, &command->failure))
        return false;
    return *number >= 0 || fail(&command->failure, "INVALID", "signal is missing");
}

static bool signal_init(struct container *container, int number, struct failure *failure) {
    return process_signal(container, process_init_of(container)->id, number, failure);
}

// At one moment: none forks on, and none ends because another one has had the signal before it.
static bool signal_all(struct container *container, int number, struct failure *failure) {
    bool held = cgroup_hold(container->cgroup);
    bool done = cgroup_signal(container->cgroup, container->init, number, failure) &&
                signal_init(container, number, failure);
    if (held)
        cgroup_let_go(container->cgroup);
    return done;
}

static void kill_container(struct command *command) {
    int64_t number;
    bool all;
    struct container *container = named_container(command);
    bool done = container && get_signal(command, &number) &&
                json_flag(command->json, "all", false, &all, &command->failure) &&
                (container->init ||
                 fail(&command->failure, "NOTFOUND", "the container \"%s\" has ended", container->id));
    command_answer(command, done && (all ? signal_all : signal_init)(container, (int)number, &command->failure));
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
    command_answer(command, done && process_signal(container, id, (int)number, &command->failure));
}

static void remove_container(struct command *command) {
    struct container *container = named_container(command);
    bool done = container != NULL;
    if (done && processes_any_in(container))
        done = fail(&command->failure, "EBUSY", "the container \"%s\" has running processes", container->id);
    if (done) {
        processes_forget(container);
        container_remove(container);
        share_forget_names();
    }
    command_answer(command, done);
}

static void list(struct command *command) {
    list_answer(&command->request);
}

static void take_exit(struct command *command) {
    const char *container, *id;
    command_answer(command, json_text(command->json, "container", NULL, &container, &command->failure) &&
                                json_text(command->json, "process", NULL, &id, &command->failure) &&
                                process_take_exit(container, id, &command->failure));
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
    command_answer(command, container &&
                                parse_texts(command->json, "cgroup", &values, &command->failure) &&
                                cgroup_set(container->cgroup, values, &command->failure));
}

static void stats(struct command *command) {
    struct container *container = running_container(command);
    if (container)
        stats_answer(container, &command->request);
    else
        command_answer(command, false);
}

static void freeze_or_thaw(struct command *command, bool freeze) {
    struct container *container = running_container(command);
    if (container)
        cgroup_freeze(container->cgroup, freeze, command->request);
    else
        command_answer(command, false);
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
    bool done = json_u64(command->json, "seq", 0, &session, &command->failure) &&
                json_integer(command->json, "row", 0, UINT16_MAX, 0, &rows, &command->failure) &&
                json_integer(command->json, "column", 0, UINT16_MAX, 0, &columns, &command->failure);
    command_answer(command, done && process_resize(session, (unsigned short)rows, (unsigned short)columns,
                                                   &command->failure));
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
        command_answer(command, false);
    buffer_free(&content);
}

static void write_file(struct command *command) {
    const char *container, *path;
    size_t head = command_json_size(command);
    bool done = head < command->size || fail(&command->failure, "INVALID", "no NUL byte ends the JSON");
    done = done && get_file(command, &container, &path);
    command_answer(command, done && file_write(container, path, command->payload + head + 1,
                                               command->size - head - 1, &command->failure));
}

static const struct command_handler handlers[] = {
    {EXECCMD, true, exec_command},
    {WINSIZE, true, resize},
    {WRITEFILE, true, write_file},
    {READFILE, true, read_file},
    {NEWCONTAINER, true, new_container},
    {KILLCONTAINER, true, kill_container},
    {REMOVECONTAINER, true, remove_container},
    {SIGNALPROCESS, true, signal_process},
    {STARTCONTAINER, true, start_container},
    {UPDATECONTAINER, true, update_container},
    {STATS, true, stats},
    {FREEZE, true, freeze},
    {THAW, true, thaw},
    {LIST, false, list},
    {TAKEEXIT, true, take_exit},
};

const struct command_table container_commands = {handlers, sizeof handlers / sizeof *handlers};
