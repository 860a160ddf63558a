// Opens the console and gives its master away, as runc does: SCM_RIGHTS, and a name as the data that goes with it.
#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "report.h"
#include "terminal.h"

static int connect_to(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        report_failure("connecting to the console socket %.200s: %s", path, strerror(errno));
    return fd;
}

static void send_descriptor(const char *path, int descriptor, char *name) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {.bytes = {0}};
    struct iovec data = {.iov_base = name, .iov_len = strlen(name)};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(&control.header), &descriptor, sizeof descriptor);
    int fd = connect_to(path);
    ssize_t sent;
    do
        sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0)
        report_failure("sending the console to %.200s: %s", path, strerror(errno));
    close(fd);
}

static int open_master(char *name, size_t size) {
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 || ptsname_r(master, name, size) != 0)
        report_failure("opening a pty: %s", strerror(errno));
    return master;
}

// SIGWINCH and SIGHUP come to the leader of the session that the terminal controls, and to nobody else.
static void lead_session(int slave) {
    if (setsid() < 0 && getsid(0) != getpid())
        report_failure("the shim leads a process group and can have no session: start it detached, or as no leader");
    if (ioctl(slave, TIOCSCTTY, 0) < 0)
        report_failure("making the console the controlling terminal: %s", strerror(errno));
}

// What the caller gave would otherwise be held open for as long as the container lives.
static void replace_stdio(int slave) {
    for (int fd = 0; fd < 3; fd++)
        if (dup2(slave, fd) < 0)
            report_failure("the console as descriptor %d: %s", fd, strerror(errno));
    close(slave);
}

void console_open(const char *socket_path) {
    char name[64];
    int master = open_master(name, sizeof name);
    int slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0)
        report_failure("opening the pty %s: %s", name, strerror(errno));
    lead_session(slave);
    replace_stdio(slave);
    terminal_open(STDIN_FILENO);
    int error = terminal_make_raw();
    if (error)
        report_failure("making the pty %s raw: %s", name, strerror(error));
    send_descriptor(socket_path, master, name);
    close(master);
}
