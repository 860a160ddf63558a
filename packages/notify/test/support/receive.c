// runv-notify-receive ADDRESS: prints each datagram that arrives there as a line, its sender's pid first, `|` for a line feed. It
// prints `ready` when it listens.
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "../../c/address.c"

int main(int argc, char **argv) {
    struct address at;
    if (argc != 2 || !address_read(argv[1], &at))
        return 2;
    int in = socket(AF_UNIX, SOCK_DGRAM, 0), on = 1;
    if (in < 0 || setsockopt(in, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0 ||
        bind(in, (struct sockaddr *)&at.name, at.length) != 0) {
        perror("runv-notify-receive");
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    puts("ready");
    for (;;) {
        static char text[8192];
        union {
            char bytes[CMSG_SPACE(sizeof(struct ucred))];
            struct cmsghdr aligned;
        } control;
        struct iovec part = {.iov_base = text, .iov_len = sizeof text};
        struct msghdr message = {
            .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
        ssize_t got = recvmsg(in, &message, 0);
        if (got < 0)
            return 1;
        struct ucred who = {0};
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        if (header && header->cmsg_type == SCM_CREDENTIALS)
            memcpy(&who, CMSG_DATA(header), sizeof who);
        for (ssize_t at_byte = 0; at_byte < got; at_byte++)
            if (text[at_byte] == '\n')
                text[at_byte] = '|';
        printf("%d %.*s\n", who.pid, (int)got, text);
    }
}
