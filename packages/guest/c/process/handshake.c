// PID 1's side of the handshake with a child that starts. The ACK goes out when the child's socket closes after
// REPORT_EXECUTING, because only the exec can have closed it then: an ACK always means a running program.
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

static void acknowledge(struct process *process) {
    char text[32];
    int length = snprintf(text, sizeof text, "{\"pid\":%d}", process->pid);
    answer_ack(&process->request, text, (size_t)length);
}

static void program_runs(struct process *process) {
    watch_stop(&process->report);
    close_fd(&process->report.fd);
    process->state = RUNNING;
    process->ran = true;
    if (process->container)
        process->container->home = process->child->home;
    child_free(process->child);
    process->child = NULL;
    process_start_streams(process);
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
    } else if (report->kind == REPORT_CREATED && process->state == STARTING && !process->failed) {
        process->state = CREATED;
        acknowledge(process);
    }
}

// A socket that ends without a report belongs to a child that died. waitpid() tells how, so reap.c handles that.
void handshake_read(struct process *process) {
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
    handshake_read((struct process *)watch);
}

void handshake_watch(struct process *process, int socket) {
    watch_init(&process->report, socket, report_ready);
    watch_for(&process->report, EPOLLIN);
}

void handshake_release(struct container *container, struct request request) {
    struct failure failure = {0};
    struct process *init = process_init_of(container);
    if (!init || init->state != CREATED) {
        fail(&failure, "INVALID", "the container \"%s\" is not in the state created", container->id);
        answer_error(&request, &failure);
        return;
    }
    init->state = RELEASED;
    init->request = request;
    // A child that has died cannot receive it. reap.c answers then.
    if (send(init->report.fd, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        log_line("starting container \"%s\": %s", container->id, strerror(errno));
}
