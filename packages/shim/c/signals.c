// By the kernel's own calls: a C library keeps some real-time signals to itself, and the guest's process has a right
// to them.
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "report.h"
#include "terminal.h"

enum { LAST_SIGNAL = 64, PATIENCE_MS = 5000 };

static int fd = -1;
static uint64_t pending;
static int64_t ended_at; // when an ending signal came first

static uint64_t bit(int number) {
    return UINT64_C(1) << (number - 1);
}

// All but what cannot be caught, what is a fault of the shim's own, and what is no message to a process.
static uint64_t held(void) {
    const int not_held[] = {SIGKILL, SIGSTOP, SIGSEGV, SIGBUS,  SIGILL, SIGFPE,
                            SIGTRAP, SIGSYS,  SIGCHLD, SIGPIPE, SIGURG};
    uint64_t mask = UINT64_MAX;
    for (size_t i = 0; i < sizeof not_held / sizeof *not_held; i++)
        mask &= ~bit(not_held[i]);
    return mask;
}

void signals_hold(void) {
    uint64_t mask = held();
    if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask) < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        report_failure("holding signals back: %s", strerror(errno));
}

void signals_open(void) {
    uint64_t mask = held();
    fd = (int)syscall(SYS_signalfd4, -1, &mask, sizeof mask, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        report_failure("signalfd: %s", strerror(errno));
}

void signals_poll(struct pollfd *polled) {
    polled->fd = fd;
    polled->events = POLLIN;
}

static uint64_t ending(void) {
    return bit(SIGTERM) | bit(SIGINT) | bit(SIGHUP) | bit(SIGQUIT);
}

static void take(const struct signalfd_siginfo *info) {
    // A shell that was in front meanwhile has set modes of its own.
    if (info->ssi_signo == SIGCONT)
        terminal_return();
    if (info->ssi_signo < 1 || info->ssi_signo > LAST_SIGNAL)
        return;
    if (!(pending & ending()))
        ended_at = clock_ms();
    pending |= bit((int)info->ssi_signo);
}

bool signals_ready(void) {
    struct signalfd_siginfo info;
    bool resized = false;
    while (read(fd, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGWINCH)
            resized = true;
        else
            take(&info);
    }
    return resized;
}

int signals_next(void) {
    for (int number = 1; number <= LAST_SIGNAL; number++)
        if (pending & bit(number)) {
            pending &= ~bit(number);
            return number;
        }
    return 0;
}

int signals_unheard(void) {
    if (!(pending & ending()) || clock_ms() - ended_at < PATIENCE_MS)
        return 0;
    int number = 1;
    while (!(pending & ending() & bit(number)))
        number++;
    return number;
}
