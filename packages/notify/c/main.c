// runv-notify ADDRESS PID: each text on stdin that ends with a 0 becomes a datagram for the service manager at ADDRESS, in the
// name of process PID. Ends with stdin. What cannot be sent is a line on stderr, and the next text is tried all the same.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "send.h"

// More than a daemon ever says at a time.
static char text[4096];

int main(int argc, char **argv) {
    struct address to;
    if (argc != 3 || !address_read(argv[1], &to)) {
        fprintf(stderr, "runv-notify: %s is no address of a service manager\n", argc > 1 ? argv[1] : "nothing");
        return 2;
    }
    int out = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (out < 0) {
        fprintf(stderr, "runv-notify: no socket: %s\n", strerror(errno));
        return 1;
    }
    pid_t pid = (pid_t)atoi(argv[2]);
    size_t used = 0;
    for (;;) {
        ssize_t got = read(STDIN_FILENO, text + used, sizeof text - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0;
        used += (size_t)got;
        char *end;
        while ((end = memchr(text, 0, used))) {
            size_t length = (size_t)(end - text);
            if (!send_message(out, &to, pid, text, length))
                fprintf(stderr, "runv-notify: nothing reaches %s: %s\n", argv[1], strerror(errno));
            used -= length + 1;
            memmove(text, end + 1, used);
        }
        if (used == sizeof text) {
            fputs("runv-notify: a text is longer than 4095 bytes\n", stderr);
            return 1;
        }
    }
}
