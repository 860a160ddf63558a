// PID 1 reads SIGCHLD from a signalfd, so that the event loop hears of it.
#include "process/signals.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/base.h"
#include "base/loop.h"
#include "process/reap.h"

static struct watch child_signals;

static void children_changed(struct watch *watch, uint32_t events) {
    struct signalfd_siginfo info;
    (void)events;
    // One signal may stand for several processes, so its content is ignored.
    while (read(watch->fd, &info, sizeof info) > 0) {
    }
    processes_reap();
}

// A child would inherit what the program that started this one ignored.
static void ignore_nothing(void) {
    struct sigaction action;
    for (int number = 1; number < NSIG; number++)
        if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
            signal(number, SIG_DFL);
}

void signals_open(void) {
    sigset_t all, child;
    ignore_nothing();
    sigfillset(&all);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    // Tests end this program by a signal, and sanitizers need theirs.
    if (mode.host)
        all = child;
    if (sigprocmask(SIG_BLOCK, &all, NULL) < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        fatal("blocking signals: %s", strerror(errno));
    int fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        fatal("signalfd: %s", strerror(errno));
    watch_init(&child_signals, fd, children_changed);
    watch_for(&child_signals, EPOLLIN);
}

void signals_close(void) {
    watch_stop(&child_signals);
    close_fd(&child_signals.fd);
}
