// Runs in a User-mode Linux's jail in the kernel's place: answers the driver as the kernel does, and then makes host calls that no
// kernel of ours makes. Each thing that it tries is a line on the first channel.
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

static int channel = -1;

void say(const char *name, const char *outcome) {
    dprintf(channel, "%s: %s\n", name, outcome);
}

long said(const char *name, long result) {
    say(name, result >= 0 ? "done" : strerrorname_np(errno));
    return result;
}

void said_of_child(const char *name, void (*attempt)(const struct target *), const struct target *target) {
    char outcome[64];
    int status;
    pid_t child = fork();
    if (child == 0) {
        attempt(target);
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0)
        snprintf(outcome, sizeof outcome, "no child: %s", strerrorname_np(errno));
    else if (WIFSIGNALED(status))
        snprintf(outcome, sizeof outcome, "killed by %s", strsignal(WTERMSIG(status)));
    else
        snprintf(outcome, sizeof outcome, "ended with %d", WEXITSTATUS(status));
    say(name, outcome);
}

static const char *argument(char **arguments, const char *name) {
    for (; *arguments; arguments++)
        if (!strncmp(*arguments, name, strlen(name)))
            return *arguments + strlen(name);
    exit(2);
}

static int accepted(int listening) {
    int fd = accept(listening, NULL, NULL);
    if (fd < 0)
        exit(3);
    return fd;
}

static void read_line(int fd, char *line, size_t size) {
    size_t length = 0;
    while (length + 1 < size && read(fd, line + length, 1) == 1 && line[length] != '\n')
        length++;
    line[length] = 0;
}

int main(int count, char **arguments) {
    struct target target = {.monitor = atoi(argument(arguments, "hostmon="))};
    const char *ports = argument(arguments, "hostport=");
    char line[1024];
    int monitor = accepted(target.monitor);
    (void)count;
    read_line(monitor, line, sizeof line);
    dprintf(monitor, "ok\n");
    channel = accepted(atoi(strchr(ports, ':') + 1));
    read_line(channel, line, sizeof line);
    if (sscanf(line, "%255s %255s %63s %d", target.secret, target.share, target.device, &target.victim) != 4)
        return 4;
    attack_files(&target);
    attack_processes(&target);
    attack_privileges(&target);
    attack_network(&target);
    probe_calls();
    exhaust(&target);
    say("over", "done");
    for (;;)
        poll(NULL, 0, -1);
}
