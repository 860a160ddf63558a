// A terminal emulator for tests: what comes on its stdin is typed, what is shown goes to its stdout, and a line on its
// stderr says what happened. SIGUSR1 makes the terminal 50 rows of 132 columns.
//   pty receive SOCKET          waits there for a console's master
//   pty run PROGRAM ARGUMENTS…  runs a program in a terminal of 24 rows of 80 columns
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t grow;

// What is blocked while nothing is waited for: a signal just before would go unnoticed.
static sigset_t waiting;

static void asked_to_grow(int number) {
    (void)number;
    grow = 1;
}

static void fail(const char *what) {
    perror(what);
    exit(2);
}

static void set_size(int master, unsigned short rows, unsigned short columns) {
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    if (ioctl(master, TIOCSWINSZ, &size) < 0)
        fail("TIOCSWINSZ");
}

static int receive(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char name[128] = {0};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec data = {name, sizeof name - 1};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), master;
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 1) < 0)
        fail("listen");
    fprintf(stderr, "listening\n");
    int peer = accept(listener, NULL, NULL);
    if (peer < 0 || recvmsg(peer, &message, 0) <= 0 || control.header.cmsg_type != SCM_RIGHTS)
        fail("recvmsg");
    memcpy(&master, CMSG_DATA(&control.header), sizeof master);
    set_size(master, 24, 80);
    fprintf(stderr, "received %s\n", name);
    close(peer);
    close(listener);
    return master;
}

static void type(int master, struct pollfd *polled) {
    char bytes[4096];
    ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
    if (count <= 0)
        polled->fd = -1;
    else if (write(master, bytes, (size_t)count) != count)
        fail("write");
}

// Until the terminal's other side is gone, or nobody types any more.
static void emulate(int master, int until_typed) {
    struct pollfd polled[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = master, .events = POLLIN}};
    char bytes[4096];
    while (polled[0].fd >= 0 || !until_typed) {
        int ready = ppoll(polled, 2, NULL, &waiting);
        if (grow) {
            grow = 0;
            set_size(master, 50, 132);
        }
        if (ready < 0)
            continue;
        if (polled[0].revents)
            type(master, &polled[0]);
        if (!polled[1].revents)
            continue;
        ssize_t count = read(master, bytes, sizeof bytes);
        if (count <= 0 || write(STDOUT_FILENO, bytes, (size_t)count) != count)
            return;
    }
}

static int run(char **arguments) {
    int master, slave, status;
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    struct termios modes;
    if (openpty(&master, &slave, NULL, NULL, &size) < 0)
        fail("openpty");
    pid_t child = fork();
    if (child < 0)
        fail("fork");
    if (child == 0) {
        close(master);
        if (setsid() < 0 || ioctl(slave, TIOCSCTTY, 0) < 0)
            fail("TIOCSCTTY");
        for (int fd = 0; fd < 3; fd++)
            dup2(slave, fd);
        execv(arguments[0], arguments);
        fail(arguments[0]);
    }
    fprintf(stderr, "child %d\n", (int)child);
    // A slave that is held here would hide the hang-up; the modes are the pair's, and read from the master.
    close(slave);
    emulate(master, 0);
    if (waitpid(child, &status, 0) != child || tcgetattr(master, &modes) < 0)
        fail("waitpid");
    fprintf(stderr, "ended %d %s\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
            modes.c_lflag & ICANON ? "cooked" : "raw");
    return 0;
}

int main(int count, char **arguments) {
    struct sigaction action = {.sa_handler = asked_to_grow};
    sigset_t held;
    sigemptyset(&held);
    sigaddset(&held, SIGUSR1);
    if (sigaction(SIGUSR1, &action, NULL) < 0 || sigprocmask(SIG_BLOCK, &held, &waiting) < 0)
        fail("SIGUSR1");
    if (count == 3 && !strcmp(arguments[1], "receive")) {
        emulate(receive(arguments[2]), 1);
        return 0;
    }
    if (count >= 3 && !strcmp(arguments[1], "run"))
        return run(arguments + 2);
    fprintf(stderr, "usage: pty receive SOCKET | pty run PROGRAM ARGUMENTS...\n");
    return 2;
}
