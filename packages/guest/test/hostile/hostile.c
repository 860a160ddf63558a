// PID 1 of a VM whose container's root file system has a file `trick`: it speaks the protocol just enough, and plays the
// trick. Without the file it is the real guest, so that one daemon has VMs of both kinds.
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "base/loop.h"
#include "boot.h"
#include "channel/codes.h"
#include "channel/control.h"
#include "channel/findport.h"
#include "channel/streams.h"
#include "commands.h"
#include "machine/hotplug.h"
#include "process/credentials.h"
#include "process/signals.h"
#include "script.h"
#include "shutdown.h"
#include "wire.h"

enum { LOOK_MS = 20, LOOK_FOR_MS = 20000 };

static const char VERSION[] = "\0\0\x10\x94{\"runv\":2,\"kernel\":\"hostile\",\"window\":262144}";
static const struct control_handlers handlers = {.command = command_run, .host_left = forget_host};

// The host puts the root file system into the share while the VM boots.
static char *find_trick(void) {
    static char script[1 << 18];
    const char *rootfs = "/run/look/c1/rootfs/bin", *trick = "/run/look/c1/rootfs/trick";
    mkdir("/run/look", 0755);
    const char *directory = getenv("HOSTFS_share_dir");
    if ((directory ? mount("share_dir", "/run/look", "hostfs", MS_RDONLY, directory)
                   : mount("share_dir", "/run/look", "9p", MS_RDONLY, "trans=virtio,version=9p2000.L,cache=none")) < 0)
        fatal("mounting the share: %s", strerror(errno));
    for (int waited = 0; access(rootfs, F_OK) < 0 && waited < LOOK_FOR_MS; waited += LOOK_MS)
        usleep(LOOK_MS * 1000);
    int fd = open(trick, O_RDONLY | O_CLOEXEC);
    ssize_t size = 0, got = 0;
    while (fd >= 0 && (got = read(fd, script + size, sizeof script - 1 - (size_t)size)) > 0)
        size += got;
    close_fd(&fd);
    umount2("/run/look", 0);
    return size > 0 ? script : NULL;
}

static noreturn void be_the_guest(int control, int stdio) {
    hotplug_open();
    loop_open();
    streams_open(stdio, forget_host);
    control_open(control, &handlers);
    log_line("ready");
    if (json_global_set_string_hash(JSON_C_STR_HASH_PERLLIKE) < 0)
        fatal("json-c has no hash without a seed");
    credentials_prepare();
    signals_open();
    loop_run();
    power_off(0);
}

// The value of a name that the host's JSON has near its beginning.
static void value_of(const char *json, const char *name, char *value, size_t size) {
    char sought[64];
    snprintf(sought, sizeof sought, "\"%s\":\"", name);
    const char *found = strstr(json, sought);
    snprintf(value, size, "%.*s", found ? (int)strcspn(found + strlen(sought), "\"") : 0,
             found ? found + strlen(sought) : "");
}

static void end_container(struct wire *wire, const struct command *command) {
    char name[256], event[512];
    value_of(command->payload, "container", name, sizeof name);
    int size = snprintf(event, sizeof event,
                        "{\"container\":\"%s\",\"process\":\"init\",\"event\":\"finished\",\"status\":137}", name);
    wire_say(wire, PROCESSASYNCEVENT, 0, event, (size_t)size);
    wire_end_of_file(wire, 1);
    wire_end_of_file(wire, 2);
}

static void answer(struct wire *wire, const struct command *command) {
    const char *payload = "";
    size_t size = 0;
    if (command->code == GETVERSION) {
        payload = VERSION;
        size = sizeof VERSION - 1;
    } else if (command->code == NEWCONTAINER || command->code == EXECCMD) {
        payload = "{\"pid\":2}";
        size = strlen(payload);
    } else if (command->code == STATS) {
        payload = "{\"cgroup\":{},\"network\":\"\"}";
        size = strlen(payload);
    }
    wire_say(wire, ACK, command->id, payload, size);
    if (command->code == NEGOTIATE)
        wire->extended = true;
    if (command->code == KILLCONTAINER)
        end_container(wire, command);
    if (command->code == DESTROYPOD)
        power_off(0);
}

static void play(char *script, struct wire *wire) {
    static struct command command = {.code = READY};
    if (script_play(script, wire, &command))
        wire_say(wire, READY, 0, "", 0);
    while (wire_read(wire, &command)) {
        bool after = strstr(script, "\nafter") != NULL;
        if (after)
            answer(wire, &command);
        if (script_play(script, wire, &command) && !after)
            answer(wire, &command);
    }
    log_line("the host has gone");
    for (;;)
        pause();
}

int main(void) {
    boot();
    struct wire wire = {.stdio = port_find("sh.hyper.channel.1"), .control = port_find("sh.hyper.channel.0")};
    char *script = find_trick();
    if (!script)
        be_the_guest(wire.control, wire.stdio);
    log_line("hostile");
    play(script, &wire);
}
