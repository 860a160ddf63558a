// The end of processes. A process of a container is reported once the host has what it wrote, in the order in which the processes
// were reaped.
#include "process/reap.h"

#include <errno.h>
#include <json-c/json.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container/userns.h"
#include "process/handshake.h"

static void output_ended(struct process *process, int number, uint64_t total) {
    process->outputs[number] = NULL;
    process->output_totals[number] = total;
    process->open_outputs--;
    process_free_when_over(process);
}

void process_first_output_ended(void *process, uint64_t total) {
    output_ended(process, 0, total);
}

void process_second_output_ended(void *process, uint64_t total) {
    output_ended(process, 1, total);
}

// What others, such as its children in the background, write from now on is not the process's own. A terminal is hung up.
static void note_written(struct process *process) {
    if (process->has_terminal)
        return;
    for (int i = 0; i < 2; i++)
        process->written[i] = process->outputs[i]
                                  ? stream_written(process->outputs[i], &process->output_goes_on)
                                  : process->output_totals[i];
}

static bool add_written(struct json_object *event, const struct process *process) {
    struct json_object *written = json_object_new_array();
    for (int i = 0; written && i < 2; i++)
        if (json_object_array_add(written, json_object_new_int64((int64_t)process->written[i])) < 0)
            return false;
    return written && json_object_object_add(event, "written", written) == 0;
}

static void send_event(const struct process *process) {
    struct json_object *event = json_object_new_object();
    if (!event ||
        json_object_object_add(event, "container", json_object_new_string(process->container_id)) < 0 ||
        json_object_object_add(event, "process", json_object_new_string(process->id)) < 0 ||
        json_object_object_add(event, "event", json_object_new_string("finished")) < 0 ||
        json_object_object_add(event, "status", json_object_new_int(process->status)) < 0 ||
        (process->output_goes_on && control_extended() && !add_written(event, process)))
        fatal("out of memory: an event's JSON");
    size_t size = 0;
    const char *text = json_object_to_json_string_length(
        event, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &size);
    control_event(PROCESSASYNCEVENT, text, size);
    json_object_put(event);
}

// A container whose init failed to start is removed. One whose init has run stays until REMOVECONTAINER.
static void end_container(struct process *process, bool started) {
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
    end_container(process, false);
    process_drop_streams(process);
    process_free(process);
    answer_error(&request, &failure);
}

static void report(struct process *process) {
    process->state = REPORTED;
    if (process->request.open)
        answer_error(&process->request, &process->failure);
    if (!process_status_by_frame(process))
        send_event(process);
    // The base protocol has no TAKEEXIT.
    if (!control_extended())
        process->exit_taken = true;
    process_free_when_over(process);
}

static void report_written(struct write_back *write_back) {
    report((struct process *)((char *)write_back - offsetof(struct process, written_back)));
}

static void finish(struct process *process) {
    bool in_container = process->container != NULL;
    process->state = REAPED;
    note_written(process);
    // So that the host hears why before it hears of the end.
    if (in_container)
        cgroup_look_for_kills(process->container->cgroup);
    process_drop_input(process);
    close_fd(&process->terminal);
    watch_stop(&process->report);
    close_fd(&process->report.fd);
    end_container(process, true);
    if (!in_container) {
        report(process);
        return;
    }
    write_back_wait(&process->written_back, report_written);
}

static int status_of(const struct process *process, int status) {
    if (process->killed_by)
        return 128 + process->killed_by;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void reaped(struct process *process, int status) {
    handshake_read(process);
    process->status = status_of(process, status);
    bool acknowledged = process->state == RUNNING || process->state == CREATED ||
                        (process->state == RELEASED && !process->failed);
    if (!process->failed)
        fail(&process->failure, "EIO", "process \"%s\" was ended with status %d before its program ran",
             process->id, process->status);
    // A created init that was killed had its ACK, so its streams end as those of any other process.
    if (process->state == CREATED || (process->state == RELEASED && acknowledged))
        process_start_streams(process);
    if (acknowledged)
        finish(process);
    else
        abandon(process);
}

void processes_reap(void) {
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        struct process *process = write_back_reaped(pid) ? NULL : process_of_pid(pid);
        if (process)
            reaped(process, status);
    }
    write_back_begin();
}

void processes_end(int milliseconds) {
    write_back_shut_down();
    userns_forget();
    int64_t deadline = now_milliseconds() + milliseconds;
    siginfo_t info;
    for (;;) {
        processes_kill();
        processes_reap();
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD)
            return;
        if (now_milliseconds() > deadline) {
            log_line("processes are left after SIGKILL and %d ms", milliseconds);
            return;
        }
        usleep(1000);
    }
}
