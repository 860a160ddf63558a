// runv-loopback SOCKET: takes TCP connections to the loopback of its network namespace, whatever the port. For each it connects to
// the unix socket, says the port in two bytes, the higher first, and reads a byte once there is somebody at that port; all that
// follows is the connection's, both ways. Says `ready` on stdout when it takes them. Whatever fails is a line on stderr.
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "listen.h"
#include "relay.h"
#include "steer.h"

// Connections at a time, each of which has a process.
enum { MOST = 256 };

static struct sockaddr_un target = {.sun_family = AF_UNIX};

// Whoever has connected learns that nobody is there.
static void reset(int connection) {
    struct linger at_once = {.l_onoff = 1};
    (void)setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(connection);
}

static void serve(int connection) {
    uint16_t port = port_of(connection);
    uint8_t words[] = {(uint8_t)(port >> 8), (uint8_t)port}, answer;
    int daemon = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool there = daemon >= 0 && connect(daemon, (struct sockaddr *)&target, sizeof target) == 0 &&
                 write(daemon, words, sizeof words) == sizeof words && read(daemon, &answer, sizeof answer) == sizeof answer;
    if (there)
        relay(connection, daemon);
    else
        reset(connection);
}

// It only ends the wait for connections.
static void notice(int number) {
    (void)number;
}

static unsigned reap(void) {
    static unsigned ended;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ended++;
    return ended;
}

static void take(int listener, pid_t own) {
    static unsigned begun;
    int connection = accept(listener, NULL, NULL);
    if (connection < 0)
        return;
    pid_t child = begun - reap() < MOST ? fork() : -1;
    if (child == 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != own)
            _exit(1);
        serve(connection);
        _exit(0);
    }
    if (child < 0) {
        reset(connection);
        return;
    }
    begun++;
    close(connection);
}

int main(int argc, char **argv) {
    if (argc != 2 || strlen(argv[1]) >= sizeof target.sun_path)
        errx(2, "give the path of a unix socket, which has at most %zu bytes", sizeof target.sun_path - 1);
    strcpy(target.sun_path, argv[1]);
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || signal(SIGCHLD, notice) == SIG_ERR)
        err(1, "signals");
    int four = listen_on(AF_INET), six = listen_on(AF_INET6);
    if (four < 0 && six < 0)
        errx(1, "the network namespace has no loopback addresses");
    steer(four, six);
    puts("ready");
    if (fclose(stdout) != 0)
        err(1, "stdout");
    pid_t own = getpid();
    struct pollfd polled[] = {{.fd = four, .events = POLLIN}, {.fd = six, .events = POLLIN}};
    for (;;) {
        if (poll(polled, 2, -1) < 0 && errno != EINTR)
            err(1, "waiting for connections");
        for (int i = 0; i < 2; i++)
            if (polled[i].revents & POLLIN)
                take(polled[i].fd, own);
        reap();
    }
}
