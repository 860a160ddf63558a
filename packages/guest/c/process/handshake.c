// What a child says while it is being set up. The ACK goes out when its socket closes after REPORT_EXECUTING,
// because only the exec can have closed it then: an ACK always means a running program.
#include "process/handshake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel/streams.h"
#include "process/report.h"

void startup_open_streams(struct process *process) {
    // Starting a stream may already end it, and the last one would take the process along.
    process->open_outputs++;
    for (int i = 0; i < 2; i++)
        if (process->outputs[i])
            stream_start(process->outputs[i]);
    if (process->input)
        stream_start(process->input);
    process->open_outputs--;
}

static void acknowledge(struct process *process) {
    char text[32];
    int length = snprintf(text, sizeof text, "{\"pid\":%d}", process->pid);
    answer_ack(&process->request, text, (size_t)length);
}

static void program_runs(struct process *process) {
    watch_stop(&process->report);
    close_fd(&process->report.fd);
    process->state = RUNNING;
    if (process->container)
        process->container->home = process->child->home;
    child_free(process->child);
    process->child = NULL;
    startup_open_streams(process);
    acknowledge(process);
}

static void take_terminal(struct process *process, int master) {
    int input = fcntl(master, F_DUPFD_CLOEXEC, 3), output = fcntl(master, F_DUPFD_CLOEXEC, 3);
    if (input < 0 || output < 0)
        fatal("duplicating a terminal: %s", strerror(errno));
    close_fd(&process->terminal);
    process->terminal = master;
    stream_use_terminal(process->input, input);
    stream_use_terminal(process->outputs[0], output);
}

static void take_report(struct process *process, const struct report *report, int fd) {
    if (report->kind == REPORT_TERMINAL && fd >= 0 && process->has_terminal && process->terminal < 0) {
        take_terminal(process, fd);
        return;
    }
    close_fd(&fd);
    if (report->kind == REPORT_EXECUTING) {
        process->executing = true;
    } else if (report->kind == REPORT_FAILED) {
        process->failed = true;
        process->failure = report->failure;
    } else if (report->kind == REPORT_HELD && process->state == STARTING) {
        process->state = HELD;
        acknowledge(process);
    }
}

// The end of the socket without a report is a child that died: waitpid says how, so that case is left to it.
void startup_read(struct process *process) {
    struct report report;
    int fd, got;
    while (process_is_starting(process) && (got = report_receive(process->report.fd, &report, &fd)) >= 0) {
        if (got == 1) {
            take_report(process, &report, fd);
            continue;
        }
        watch_stop(&process->report);
        if (process->executing && !process->failed)
            program_runs(process);
        return;
    }
}

static void report_ready(struct watch *watch, uint32_t events) {
    (void)events;
    startup_read((struct process *)watch);
}

void startup_watch(struct process *process, int socket) {
    watch_init(&process->report, socket, report_ready);
    watch_for(&process->report, EPOLLIN);
}

void startup_release(struct container *container, struct request request) {
    struct failure failure = {0};
    struct process *init = process_init_of(container);
    if (!init || init->state != HELD) {
        fail(&failure, "INVALID", "the container \"%s\" is not held", container->id);
        answer_error(&request, &failure);
        return;
    }
    init->state = RELEASED;
    init->request = request;
    // A child that has died cannot take it; the reaper answers then.
    if (send(init->report.fd, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        log_line("starting container \"%s\": %s", container->id, strerror(errno));
}
