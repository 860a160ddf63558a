// Handlers: each checks its JSON, does the work or passes it on, and answers once.
#include "podcommands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/json.h"
#include "channel/input.h"
#include "channel/port.h"
#include "channel/streams.h"
#include "container/container.h"
#include "container/demand.h"
#include "container/userns.h"
#include "machine/clock.h"
#include "machine/hotplug.h"
#include "machine/share.h"
#include "network/connections.h"
#include "network/nameserver.h"
#include "network/network.h"
#include "process/reap.h"
#include "shutdown.h"

enum {
    LAST_BEFORE_VERSIONS = 4242,
    OUR_VERSION = 4244,
    OUR_PROTOCOL = 2, // the extended one
    END_TIMEOUT_MS = 10000,
    FLUSH_TIMEOUT_MS = 5000,
};

static void get_version(struct command *command) {
    uint8_t number[4];
    char text[512];
    struct utsname system;
    if (mode.version != 0 && mode.version < LAST_BEFORE_VERSIONS) {
        fail(&command->failure, "INVALID", "unknown command");
        command_answer(command, false);
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
                          "{\"runv\":%d,\"kernel\":\"%.100s\",\"window\":%d}", OUR_PROTOCOL,
                          system.release, INPUT_WINDOW);
    answer_ack(&command->request, text, sizeof number + (size_t)length);
}

static void negotiate(struct command *command) {
    int64_t version, window;
    bool done = mode.version == 0 || fail(&command->failure, "INVALID", "unknown command");
    done = done && (!control_extended() || fail(&command->failure, "EXISTS", "it was negotiated already"));
    done = done &&
           json_integer(command->json, "runv", OUR_PROTOCOL, OUR_PROTOCOL, 0, &version, &command->failure) &&
           json_integer(command->json, "window", 1, UINT32_MAX, 0, &window, &command->failure);
    if (done && (version == 0 || window == 0))
        done = fail(&command->failure, "INVALID", "runv and window must both be given");
    command_answer(command, done);
    if (!done)
        return;
    streams_negotiate((uint32_t)window);
    control_extend();
}

// 32 hexadecimal digits, or nothing.
static bool parse_token(const char *text, uint8_t *token, struct failure *failure) {
    if (!text[0])
        return true;
    if (strlen(text) != 2 * TOKEN_SIZE || strspn(text, "0123456789abcdefABCDEF") != 2 * TOKEN_SIZE)
        return fail(failure, "INVALID", "token must be %d hexadecimal digits", 2 * TOKEN_SIZE);
    for (size_t i = 0; i < TOKEN_SIZE; i++) {
        char digits[3] = {text[2 * i], text[2 * i + 1], 0};
        token[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return true;
}

static void start_pod(struct command *command) {
    const char *hostname, *tag = "", *token_text;
    uint8_t token[TOKEN_SIZE];
    bool user_namespace = false;
    int64_t to_come = -1;
    bool done = json_text(command->json, "hostname", "", &hostname, &command->failure) &&
                json_flag(command->json, "userNamespace", false, &user_namespace, &command->failure) &&
                json_integer(command->json, "memoryToComeMiB", 0, INT32_MAX, -1, &to_come, &command->failure) &&
                json_text(command->json, "shareDir", "share_dir", &tag, &command->failure) &&
                json_text(command->json, "token", "", &token_text, &command->failure) &&
                parse_token(token_text, token, &command->failure);
    if (!tag[0])
        tag = "share_dir";
    // A VM that booted before its pod was known gets its name by a second STARTPOD.
    if (done && share_is_mounted() && !(control_extended() && share_is_mounted_from(tag)))
        done = fail(&command->failure, "EXISTS", "the pod was started already");
    if (done && !mode.host && hostname[0] && sethostname(hostname, strlen(hostname)) < 0)
        done = fail_errno(&command->failure, errno, "setting the host name \"%.100s\"", hostname);
    // Comes before SETUPINTERFACE, which sets up interfaces in that network.
    if (done && user_namespace)
        done = userns_own_network(&command->failure);
    done = done && (share_is_mounted() || share_mount(tag, &command->failure));
    if (done && token_text[0])
        ports_set_token(token);
    if (done && to_come >= 0)
        demand_begin(to_come);
    command_answer(command, done);
}

static void destroy_pod(struct command *command) {
    processes_end(END_TIMEOUT_MS);
    share_unmount();
    sync();
    command_answer(command, true);
    if (!streams_flush(FLUSH_TIMEOUT_MS) || !control_flush(FLUSH_TIMEOUT_MS))
        log_line("the host took too long to read: powering off");
    shut_down();
}

// Unmounts the share, so that the VM can be saved. The next STARTPOD mounts the clone's own.
static void prepare_snapshot(struct command *command) {
    bool done = !containers_any() ||
                fail(&command->failure, "EBUSY", "there are containers: REMOVECONTAINER comes first");
    if (done)
        share_unmount();
    // The host of a clone sets its own.
    if (done)
        ports_set_token(NULL);
    command_answer(command, done);
}

static void resume(struct command *command) {
    command_answer(command, streams_resume() || fail(&command->failure, "INVALID", "the stdio port is closed"));
}

static void ping(struct command *command) {
    answer_ack(&command->request, command->payload, command->size);
}

static void online(struct command *command) {
    int64_t cpus, added;
    // Without a size it brings online what is present. So does the base protocol, where every other command would wait.
    if (command->size == 0 || !control_extended()) {
        command_answer(command, hotplug_online(&command->failure));
        return;
    }
    command->json = json_parse_object(command->payload, command->size, &command->failure);
    if (command->json && json_integer(command->json, "cpus", 0, INT32_MAX, 0, &cpus, &command->failure) &&
        json_integer(command->json, "addedMemoryMiB", 0, INT32_MAX, 0, &added, &command->failure))
        hotplug_await((struct capacity){cpus, added}, command->request);
    else
        command_answer(command, false);
}

static void set_clock(struct command *command) {
    int64_t seconds, nanoseconds;
    const char *entropy;
    bool done =
        json_integer(command->json, "seconds", 0, INT64_MAX, -1, &seconds, &command->failure) &&
        json_integer(command->json, "nanoseconds", 0, 999999999, 0, &nanoseconds, &command->failure) &&
        json_text(command->json, "entropy", "", &entropy, &command->failure);
    if (done && seconds >= 0)
        done = clock_set(seconds, nanoseconds, &command->failure);
    command_answer(command, done && clock_add_entropy(entropy, &command->failure));
}

static void set_up_interface(struct command *command) {
    network_set_up_interface(command->json, command->request);
}

static void set_routes(struct command *command) {
    network_set_routes(command->json, command->request);
}

static void delete_interface(struct command *command) {
    network_delete_interface(command->json, command->request);
}

static void open_nameserver(struct command *command) {
    command_answer(command, nameserver_open(command->json, &command->failure));
}

static void reply(struct command *command) {
    command_answer(command, nameserver_reply(command->payload, command->size, &command->failure));
}

static void open_connection(struct command *command) {
    connections_open(command->json, command->request);
}

static void close_connection(struct command *command) {
    command_answer(command, connections_close(command->json, &command->failure));
}

static const struct command_handler handlers[] = {
    {GETVERSION, false, get_version},
    {STARTPOD, true, start_pod},
    {DESTROYPOD, false, destroy_pod},
    {RESUME, false, resume},
    {PING, false, ping},
    {ONLINECPUMEM, false, online},
    {SETUPINTERFACE, true, set_up_interface},
    {SETUPROUTE, true, set_routes},
    {DELETEINTERFACE, true, delete_interface},
    {NEGOTIATE, true, negotiate},
    {SETCLOCK, true, set_clock},
    {PREPARESNAPSHOT, false, prepare_snapshot},
    {NAMESERVER, true, open_nameserver},
    {REPLY, false, reply},
    {CONNECT, true, open_connection},
    {DISCONNECT, true, close_connection},
};

const struct command_table pod_commands = {handlers, sizeof handlers / sizeof *handlers};
