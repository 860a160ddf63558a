// PID 1 of the VM. With `--host CONTROL STDIO SHARE` (descriptors, or paths of unix sockets to connect to) it
// runs the same loop on a host, for tests: it does not boot, mounts no 9p, and exits where it would power off. It also
// exits when its host goes, or with RUNV_INIT_RECONNECT connects to the same paths again.
#include <errno.h>
#include <json-c/json.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "base/loop.h"
#include "boot.h"
#include "channel/control.h"
#include "channel/findport.h"
#include "channel/streams.h"
#include "commands.h"
#include "machine/hotplug.h"
#include "process/credentials.h"
#include "process/signals.h"
#include "shutdown.h"

static const struct control_handlers handlers = {.command = command_run, .host_left = forget_host};

// A child would inherit what the program that started this one left open.
static void keep_descriptors(void) {
    if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
        fatal("close_range: %s", strerror(errno));
}

static int open_host_channel(const char *where) {
    char *end;
    long fd = strtol(where, &end, 10);
    if (*where && !*end)
        return (int)fd;
    int made = socket_connect(where);
    if (made < 0)
        fatal("connecting to %s: %s", where, strerror(errno));
    return made;
}

static void use_host(char **arguments) {
    const char *version = getenv("HYPERSTART_VERSION");
    mode.host = true;
    mode.share = arguments[2];
    mode.reconnect = getenv("RUNV_INIT_RECONNECT") != NULL;
    mode.network = getenv("RUNV_INIT_NETWORK") != NULL;
    mode.version = version ? (unsigned)strtoul(version, NULL, 10) : 0;
    hotplug_open();
    loop_open();
    streams_open(open_host_channel(arguments[1]), forget_host);
    control_open(open_host_channel(arguments[0]), &handlers);
}

static void use_virtual_machine(void) {
    boot();
    hotplug_open();
    loop_open();
    int stdio = port_find("sh.hyper.channel.1");
    int control = port_find("sh.hyper.channel.0");
    streams_open(stdio, forget_host);
    control_open(control, &handlers);
    log_line("ready");
}

int main(int count, char **arguments) {
    if (count == 5 && !strcmp(arguments[1], "--host")) {
        use_host(arguments + 2);
    } else if (getpid() == 1) {
        use_virtual_machine();
    } else {
        fprintf(stderr, "usage: %s --host CONTROL STDIO SHARE (without arguments it is PID 1 of a VM)\n",
                arguments[0]);
        return 2;
    }
    // The default hash takes a random seed, which the kernel of a guest does not have for a second after its boot.
    if (json_global_set_string_hash(JSON_C_STR_HASH_PERLLIKE) < 0)
        fatal("json-c has no hash without a seed");
    keep_descriptors();
    credentials_prepare();
    signals_open();
    loop_run();
}
