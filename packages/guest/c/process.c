// Processes. PID 1 forks; the child reports over a socket; the answer to the command goes out when the
// program runs. A process is forgotten when it was reaped and its last output stream has ended.
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "loop.h"
#include "report.h"
#include "share.h"
#include "streams.h"
#include "terminal.h"

enum state { STARTING, HELD, RELEASED, RUNNING, ENDED };

struct process {
    struct watch report; // first: the watch is the process
    struct process *next;
    struct container *container; // NULL beside PID 1, and once the container was removed
    char *container_id, *id;
    bool is_init;
    pid_t pid;
    enum state state;
    bool executing, failed;
    struct failure failure;
    struct request request;
    int terminal; // the pty's master, or -1
    bool has_terminal;
    uint64_t session;
    struct stream *input;
    struct stream *outputs[2];
    int open_outputs;
    int killed_by; // the signal that a held init was killed for
    int status;
};

static struct process *processes;

static struct process *find_process(struct container *container, const char *id) {
    for (struct process *process = processes; process; process = process->next)
        if (process->container == container && process->state != ENDED && !strcmp(process->id, id))
            return process;
    return NULL;
}

static struct process *find_pid(pid_t pid) {
    for (struct process *process = processes; process; process = process->next)
        if (process->pid == pid && process->state != ENDED)
            return process;
    return NULL;
}

static void free_process(struct process *process) {
    for (struct process **link = &processes; *link; link = &(*link)->next)
        if (*link == process) {
            *link = process->next;
            break;
        }
    watch_stop(&process->report);
    close_fd(&process->report.fd);
    close_fd(&process->terminal);
    free(process->container_id);
    free(process->id);
    free(process);
}

// ---- the end of a process

static void drop_input(struct process *process) {
    if (process->input)
        stream_drop(process->input);
    process->input = NULL;
}

static void drop_streams(struct process *process) {
    drop_input(process);
    for (int i = 0; i < 2; i++)
        if (process->outputs[i])
            stream_drop(process->outputs[i]);
    process->outputs[0] = process->outputs[1] = NULL;
    process->open_outputs = 0;
}

// Before version 4244, and for every init in the base protocol, the status is a frame after the last stream's
// end.
static bool status_by_frame(const struct process *process) {
    return !control_extended() && (process->is_init || (mode.version != 0 && mode.version < 4244));
}

static void forget_when_over(struct process *process) {
    if (process->state != ENDED || process->open_outputs > 0)
        return;
    if (status_by_frame(process))
        send_exit_frame(process->session, process->status);
    free_process(process);
}

static void output_ended(void *owner) {
    struct process *process = owner;
    process->open_outputs--;
    forget_when_over(process);
}

static void first_output_ended(void *owner) {
    ((struct process *)owner)->outputs[0] = NULL;
    output_ended(owner);
}

static void second_output_ended(void *owner) {
    ((struct process *)owner)->outputs[1] = NULL;
    output_ended(owner);
}

static void send_event(const struct process *process) {
    struct json_object *event = json_object_new_object();
    if (!event ||
        json_object_object_add(event, "container", json_object_new_string(process->container_id)) < 0 ||
        json_object_object_add(event, "process", json_object_new_string(process->id)) < 0 ||
        json_object_object_add(event, "event", json_object_new_string("finished")) < 0 ||
        json_object_object_add(event, "status", json_object_new_int(process->status)) < 0)
        fatal("out of memory: an event's JSON");
    size_t size = 0;
    const char *text = json_object_to_json_string_length(
        event, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &size);
    control_event(PROCESSASYNCEVENT, text, size);
    json_object_put(event);
}

// A container whose init failed to start leaves nothing behind; one whose init has run stays until it is
// removed.
static void leave_container(struct process *process, bool started) {
    struct container *container = process->container;
    if (!process->is_init || !container)
        return;
    if (started) {
        container_ended(container);
        return;
    }
    processes_forget(container);
    container_remove(container);
}

static void abandon(struct process *process) {
    struct request request = process->request;
    struct failure failure = process->failure;
    process->state = ENDED;
    leave_container(process, false);
    drop_streams(process);
    free_process(process);
    answer_error(&request, &failure);
}

static void finish(struct process *process) {
    bool in_container = process->container != NULL;
    process->state = ENDED;
    drop_input(process);
    close_fd(&process->terminal);
    watch_stop(&process->report);
    close_fd(&process->report.fd);
    // What it wrote must be on the host before anybody hears that it has ended.
    if (in_container)
        share_write_back();
    leave_container(process, true);
    if (process->request.open)
        answer_error(&process->request, &process->failure);
    if (!status_by_frame(process))
        send_event(process);
    forget_when_over(process);
}

// ---- the reports of a child

static void start_streams(struct process *process) {
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
    start_streams(process);
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

static bool is_starting(const struct process *process) {
    return process->state == STARTING || process->state == HELD || process->state == RELEASED;
}

// The end of the socket without a report is a child that died: waitpid says how, so that case is left to it.
static void read_reports(struct process *process) {
    struct report report;
    int fd, got;
    while (is_starting(process) && (got = report_receive(process->report.fd, &report, &fd)) >= 0) {
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
    read_reports((struct process *)watch);
}

// ---- starting one

static bool make_pipe(int *reader, int *writer, bool ours_is_reader, struct failure *failure) {
    int pipe_ends[2];
    if (pipe2(pipe_ends, O_CLOEXEC) < 0)
        return fail_errno(failure, errno, "a pipe");
    *reader = pipe_ends[0];
    *writer = pipe_ends[1];
    // Only our end: the other one's mode is the program's to see.
    if (fcntl(pipe_ends[ours_is_reader ? 0 : 1], F_SETFL, O_NONBLOCK) < 0)
        return fail_errno(failure, errno, "a pipe");
    return true;
}

struct plumbing {
    int ours[3], theirs[3];
    int our_socket, their_socket;
};

static void close_plumbing(int *ends, int *socket) {
    for (int i = 0; i < 3; i++) {
        if (i == 2 && ends[2] == ends[1])
            ends[2] = -1;
        close_fd(&ends[i]);
    }
    close_fd(socket);
}

static bool make_plumbing(const struct process_spec *spec, struct plumbing *plumbing,
                          struct failure *failure) {
    int sockets[2];
    *plumbing = (struct plumbing){{-1, -1, -1}, {-1, -1, -1}, -1, -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
        return fail_errno(failure, errno, "a socket pair");
    plumbing->our_socket = sockets[0];
    plumbing->their_socket = sockets[1];
    if (spec->terminal)
        return true;
    if (!make_pipe(&plumbing->theirs[0], &plumbing->ours[0], false, failure) ||
        !make_pipe(&plumbing->ours[1], &plumbing->theirs[1], true, failure))
        return false;
    if (spec->stderr_session)
        return make_pipe(&plumbing->ours[2], &plumbing->theirs[2], true, failure);
    plumbing->theirs[2] = plumbing->theirs[1];
    return true;
}

// The child is put into the container's pid namespace by PID 1 changing the one for its children for a
// moment.
static pid_t fork_into(int init_pidfd) {
    int own = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
    if (own < 0)
        return -1;
    if (setns(init_pidfd, CLONE_NEWPID) < 0) {
        int error = errno;
        close(own);
        errno = error;
        return -1;
    }
    pid_t pid = fork();
    int error = errno;
    if (pid != 0 && setns(own, CLONE_NEWPID) < 0)
        fatal("coming back to the own pid namespace: %s", strerror(errno));
    close(own);
    errno = error;
    return pid;
}

static pid_t clone_init(int *pidfd) {
    unsigned long flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_PIDFD | SIGCHLD;
    return (pid_t)syscall(SYS_clone, flags, NULL, pidfd, NULL, 0UL);
}

static pid_t fork_child(struct container *container, const struct child *child) {
    if (child->container)
        return clone_init(&container->pidfd);
    return child->join >= 0 ? fork_into(child->join) : fork();
}

static bool check_sessions(const struct process_spec *spec, struct failure *failure) {
    uint64_t used = streams_knows(spec->stdio) ? spec->stdio : 0;
    if (spec->stderr_session && streams_knows(spec->stderr_session))
        used = spec->stderr_session;
    if (!used)
        return true;
    return fail(failure, "EXISTS", "the stdio session %llu is in use", (unsigned long long)used);
}

static struct process *add_process(struct container *container, const struct process_spec *spec,
                                   bool is_init) {
    struct process *process = allocate(sizeof *process);
    process->container = container;
    process->container_id = copy_string(container ? container->id : "hyperstart");
    process->id = copy_string(spec->id);
    process->is_init = is_init;
    process->terminal = -1;
    process->has_terminal = spec->terminal;
    process->session = spec->stdio;
    process->next = processes;
    processes = process;
    return process;
}

static void open_streams(struct process *process, const struct process_spec *spec,
                         struct plumbing *plumbing) {
    process->input = stream_input(spec->stdio, plumbing->ours[0]);
    process->outputs[0] = stream_output(spec->stdio, plumbing->ours[1], first_output_ended, process);
    process->open_outputs = 1;
    if (spec->stderr_session) {
        process->outputs[1] =
            stream_output(spec->stderr_session, plumbing->ours[2], second_output_ended, process);
        process->open_outputs = 2;
    }
}

// Forks, and leaves a process that is starting, or a failure and nothing.
static bool spawn(struct container *container, struct child *child, struct request request,
                  struct failure *failure) {
    struct plumbing plumbing;
    if (!make_plumbing(child->process, &plumbing, failure)) {
        close_plumbing(plumbing.ours, &plumbing.our_socket);
        close_plumbing(plumbing.theirs, &plumbing.their_socket);
        return false;
    }
    child->socket = plumbing.their_socket;
    memcpy(child->pipes, plumbing.theirs, sizeof child->pipes);
    pid_t pid = fork_child(container, child);
    if (pid == 0)
        child_run(child);
    int error = errno;
    close_plumbing(plumbing.theirs, &plumbing.their_socket);
    if (pid < 0) {
        close_plumbing(plumbing.ours, &plumbing.our_socket);
        return fail_errno(failure, error, "starting a process");
    }
    struct process *process = add_process(container, child->process, child->container != NULL);
    process->pid = pid;
    process->request = request;
    open_streams(process, child->process, &plumbing);
    watch_init(&process->report, plumbing.our_socket, report_ready);
    watch_for(&process->report, EPOLLIN);
    if (process->is_init)
        container->init = process;
    return true;
}

void process_start_init(const struct container_spec *spec, struct request request) {
    struct failure failure = {0};
    struct container *container = container_find(spec->id);
    if (container) {
        fail(&failure, "EXISTS", "there is a container \"%s\" already", spec->id);
        answer_error(&request, &failure);
        return;
    }
    if (!check_sessions(&spec->process, &failure)) {
        answer_error(&request, &failure);
        return;
    }
    struct child child = {.process = &spec->process, .container = spec, .cgroup = spec->id, .join = -1};
    container = container_add(spec->id);
    if (spawn(container, &child, request, &failure))
        return;
    container_remove(container);
    answer_error(&request, &failure);
}

static bool check_exec(const char *id, struct container *container, const struct process_spec *spec,
                       struct failure *failure) {
    bool beside = !strcmp(id, "hyperstart");
    if (!beside && !container)
        return fail(failure, "NOTFOUND", "there is no container \"%.200s\"", id);
    if (!beside && !container->init)
        return fail(failure, "NOTFOUND", "the container \"%s\" has ended", id);
    if (!beside && container->init->state == STARTING)
        return fail(failure, "INVALID", "the container \"%s\" is still being made", id);
    if (find_process(container, spec->id))
        return fail(failure, "EXISTS", "the container \"%.200s\" has a process \"%s\" already", id, spec->id);
    return check_sessions(spec, failure);
}

void process_start_exec(const char *id, const struct process_spec *spec, struct request request) {
    struct failure failure = {0};
    struct container *container = container_find(id);
    if (!check_exec(id, container, spec, &failure)) {
        answer_error(&request, &failure);
        return;
    }
    struct child child = {.process = spec, .join = -1};
    if (container) {
        child.join = container->pidfd;
        child.cgroup = container->id;
    }
    if (!spawn(container, &child, request, &failure))
        answer_error(&request, &failure);
}

void process_release(struct container *container, struct request request) {
    struct failure failure = {0};
    struct process *init = container->init;
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

// ---- what is asked of one

static bool ends_by_default(int number) {
    return number != 0 && number != SIGCHLD && number != SIGCONT && number != SIGURG && number != SIGWINCH;
}

bool process_signal(struct container *container, const char *id, int number, struct failure *failure) {
    struct process *process = find_process(container, id);
    if (!process)
        return fail(failure, "NOTFOUND", "there is no process \"%.200s\"", id);
    if (is_starting(process) && process->is_init) {
        // The init of a pid namespace ignores what it has no handler for, and a held one has none.
        if (!ends_by_default(number))
            return true;
        process->killed_by = number;
        number = SIGKILL;
    }
    if (kill(process->pid, number) < 0)
        return fail_errno(failure, errno, "signal %d to process \"%s\"", number, id);
    return true;
}

bool process_resize(uint64_t session, unsigned short rows, unsigned short columns, struct failure *failure) {
    for (struct process *process = processes; process; process = process->next) {
        if (process->session != session || process->state == ENDED)
            continue;
        if (process->terminal < 0)
            return fail(failure, "INVALID", "the process of session %llu has no terminal",
                        (unsigned long long)session);
        if (!terminal_resize(process->terminal, rows, columns))
            return fail_errno(failure, errno, "resizing a terminal to %u by %u", rows, columns);
        return true;
    }
    return fail(failure, "NOTFOUND", "there is no process with the session %llu",
                (unsigned long long)session);
}

const char *process_name(const struct process *process) {
    return process->id;
}

pid_t process_pid(const struct process *process) {
    return process->pid;
}

bool container_is_busy(struct container *container) {
    for (struct process *process = processes; process; process = process->next)
        if (process->container == container && process->state != ENDED)
            return true;
    return false;
}

void processes_forget(struct container *container) {
    for (struct process *process = processes; process; process = process->next)
        if (process->container == container)
            process->container = NULL;
}

// ---- reaping

static int status_of(const struct process *process, int status) {
    if (process->killed_by)
        return 128 + process->killed_by;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void reaped(struct process *process, int status) {
    read_reports(process);
    process->status = status_of(process, status);
    bool acknowledged = process->state == RUNNING || process->state == HELD ||
                        (process->state == RELEASED && !process->failed);
    if (!process->failed)
        fail(&process->failure, "EIO", "process \"%s\" was ended with status %d before its program ran",
             process->id, process->status);
    // A held init that was killed had its ACK, so its streams end as any other's.
    if (process->state == HELD || (process->state == RELEASED && acknowledged))
        start_streams(process);
    if (acknowledged)
        finish(process);
    else
        abandon(process);
}

void processes_reap(void) {
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        struct process *process = find_pid(pid);
        if (process)
            reaped(process, status);
    }
}

void processes_end(int milliseconds) {
    int64_t deadline = now_milliseconds() + milliseconds;
    for (;;) {
        // On a host PID 1 may be anybody: there only what was started here is killed.
        for (struct process *process = processes; process; process = process->next)
            if (process->state != ENDED)
                kill(process->pid, SIGKILL);
        if (!mode.host)
            kill(-1, SIGKILL);
        processes_reap();
        siginfo_t info;
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD)
            return;
        if (now_milliseconds() > deadline) {
            log_line("processes are left after SIGKILL and %d ms", milliseconds);
            return;
        }
        usleep(1000);
    }
}

void processes_free(void) {
    while (processes) {
        drop_streams(processes);
        free_process(processes);
    }
}
