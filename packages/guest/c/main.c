// PID 1 of the VM. With `--host CONTROL STDIO SHARE` (descriptors, or paths of unix sockets to connect to) it
// runs the same loop on a host, for tests: no boot, no 9p mount, and it exits where it would power off.
#include <errno.h>
#include <json-c/json.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/base.h"
#include "base/loop.h"
#include "boot.h"
#include "channel/control.h"
#include "channel/port.h"
#include "channel/streams.h"
#include "container/container.h"
#include "machine/hotplug.h"
#include "network/nameserver.h"
#include "network/network.h"
#include "process/credentials.h"
#include "process/process.h"
#include "process/reap.h"

static struct watch child_signals;

static void children_changed(struct watch *watch, uint32_t events) {
    struct signalfd_siginfo info;
    (void)events;
    // Several ends may hide behind one signal, so it only says that it is time to look.
    while (read(watch->fd, &info, sizeof info) > 0) {
    }
    processes_reap();
}

// What whoever started this program left open is not the children's.
static void keep_descriptors(void) {
    if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
        fatal("close_range: %s", strerror(errno));
}

// What whoever started this program ignored would be ignored by every child as well.
static void ignore_nothing(void) {
    struct sigaction action;
    for (int number = 1; number < NSIG; number++)
        if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
            signal(number, SIG_DFL);
}

static void watch_children(void) {
    sigset_t all, child;
    ignore_nothing();
    sigfillset(&all);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    if (mode.host) {
        // Tests end this program by a signal, and sanitizers need theirs.
        all = child;
    }
    if (sigprocmask(SIG_BLOCK, &all, NULL) < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        fatal("blocking signals: %s", strerror(errno));
    int fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        fatal("signalfd: %s", strerror(errno));
    watch_init(&child_signals, fd, children_changed);
    watch_for(&child_signals, EPOLLIN);
}

noreturn void shut_down(void) {
    hotplug_forget();
    network_forget();
    nameserver_forget();
    processes_free();
    containers_free();
    control_close();
    streams_close();
    watch_stop(&child_signals);
    close_fd(&child_signals.fd);
    loop_close();
    power_off(0);
}

static int open_host_channel(const char *where) {
    char *end;
    long fd = strtol(where, &end, 10);
    if (*where && !*end)
        return (int)fd;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(where) >= sizeof address.sun_path)
        fatal("the socket's path \"%s\" is longer than %zu bytes", where, sizeof address.sun_path - 1);
    strcpy(address.sun_path, where);
    int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (made < 0 || connect(made, (struct sockaddr *)&address, sizeof address) < 0)
        fatal("connecting to %s: %s", where, strerror(errno));
    return made;
}

static void use_host(char **arguments) {
    const char *version = getenv("HYPERSTART_VERSION");
    mode.host = true;
    mode.share = arguments[2];
    mode.network = getenv("RUNV_INIT_NETWORK") != NULL;
    mode.version = version ? (unsigned)strtoul(version, NULL, 10) : 0;
    hotplug_open();
    loop_open();
    streams_open(open_host_channel(arguments[1]));
    control_open(open_host_channel(arguments[0]));
}

static void use_virtual_machine(void) {
    boot();
    hotplug_open();
    loop_open();
    int stdio = port_find("sh.hyper.channel.1");
    int control = port_find("sh.hyper.channel.0");
    streams_open(stdio);
    control_open(control);
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
    // The default hash takes a random seed, and a guest that has just booted has no random numbers for a
    // second.
    if (json_global_set_string_hash(JSON_C_STR_HASH_PERLLIKE) < 0)
        fatal("json-c has no hash without a seed");
    keep_descriptors();
    credentials_prepare();
    watch_children();
    loop_run();
}
