// The table of processes, and the commands to one of them.
#include "process/process.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "process/terminal.h"

static struct process *processes;

struct process *processes_first(void) {
    return processes;
}

bool process_is_starting(const struct process *process) {
    return process->state == STARTING || process->state == CREATED || process->state == RELEASED;
}

bool process_is_reaped(const struct process *process) {
    return process->state == REAPED || process->state == REPORTED;
}

struct process *process_find(struct container *container, const char *id) {
    for (struct process *process = processes; process; process = process->next)
        if (process->container == container && !process_is_reaped(process) && !strcmp(process->id, id))
            return process;
    return NULL;
}

struct process *process_of_pid(pid_t pid) {
    for (struct process *process = processes; process; process = process->next)
        if (process->pid == pid && !process_is_reaped(process))
            return process;
    return NULL;
}

struct process *process_init_of(const struct container *container) {
    for (struct process *process = processes; process; process = process->next)
        if (process->container == container && process->is_init && !process_is_reaped(process))
            return process;
    return NULL;
}

struct process *process_add(struct container *container, const struct process_spec *spec, bool is_init) {
    struct process *process = allocate(sizeof *process);
    process->container = container;
    process->container_id = copy_string(container ? container->id : "hyperstart");
    process->id = copy_string(spec->id);
    process->is_init = is_init;
    process->terminal = -1;
    process->has_terminal = spec->terminal;
    process->session = spec->stdio;
    process->stderr_session = spec->stderr_session;
    // Beside PID 1 runs only what a host asks for itself.
    process->exit_taken = !container;
    struct process **link = &processes;
    while (*link)
        link = &(*link)->next;
    *link = process;
    return process;
}

void process_free(struct process *process) {
    for (struct process **link = &processes; *link; link = &(*link)->next)
        if (*link == process) {
            *link = process->next;
            break;
        }
    write_back_cancel(&process->written_back);
    watch_stop(&process->report);
    close_fd(&process->report.fd);
    close_fd(&process->terminal);
    child_free(process->child);
    free(process->container_id);
    free(process->id);
    free(process);
}

// Before version 4244, and for every init in the base protocol, the status is a frame after the end of the last stream.
bool process_status_by_frame(const struct process *process) {
    return !control_extended() && (process->is_init || (mode.version != 0 && mode.version < 4244));
}

void process_free_when_over(struct process *process) {
    if (process->state != REPORTED || !process->exit_taken || process->open_outputs > 0)
        return;
    if (process_status_by_frame(process))
        send_exit_frame(process->session, process->status);
    process_free(process);
}

struct progress process_input_progress(const struct process *process) {
    return process->input ? stream_progress(process->input) : process->input_end;
}

struct progress process_output_progress(const struct process *process, int number) {
    if (process->outputs[number])
        return stream_progress(process->outputs[number]);
    return (struct progress){.bytes = process->output_totals[number], .ended = true};
}

void process_start_streams(struct process *process) {
    // A stream may end as it starts, and the last one to end would free the process.
    process->open_outputs++;
    for (int i = 0; i < 2; i++)
        if (process->outputs[i])
            stream_start(process->outputs[i]);
    if (process->input)
        stream_start(process->input);
    process->open_outputs--;
}

void process_drop_input(struct process *process) {
    if (!process->input)
        return;
    // What the process has not taken it never will.
    uint64_t received = stream_progress(process->input).bytes;
    process->input_end = (struct progress){received, received, true};
    stream_drop(process->input);
    process->input = NULL;
}

void process_drop_streams(struct process *process) {
    process_drop_input(process);
    for (int i = 0; i < 2; i++)
        if (process->outputs[i])
            stream_drop(process->outputs[i]);
    process->outputs[0] = process->outputs[1] = NULL;
    process->open_outputs = 0;
}

static bool ends_by_default(int number) {
    return number != 0 && number != SIGCHLD && number != SIGCONT && number != SIGURG && number != SIGWINCH;
}

bool process_signal(struct container *container, const char *id, int number, struct failure *failure) {
    struct process *process = process_find(container, id);
    if (!process)
        return fail(failure, "NOTFOUND", "there is no process \"%.200s\"", id);
    if (process_is_starting(process) && process->is_init) {
        // The init of a pid namespace ignores signals without a handler, and a created one has no handlers.
        if (!ends_by_default(number))
            return true;
        process->killed_by = number;
        number = SIGKILL;
    }
    if (kill(process->pid, number) < 0)
        return fail_errno(failure, errno, "signal %d to process \"%s\"", number, id);
    // They die with it, and the more of them there are, the longer they keep it from its end.
    if (process->is_init && number == SIGKILL)
        cgroup_kill(container->cgroup);
    return true;
}

bool process_resize(uint64_t session, unsigned short rows, unsigned short columns, struct failure *failure) {
    for (struct process *process = processes; process; process = process->next) {
        if (process->session != session || process_is_reaped(process))
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

bool processes_any_in(struct container *container) {
    for (struct process *process = processes; process; process = process->next)
        if (process->container == container && process->state != REPORTED)
            return true;
    return false;
}

bool process_take_exit(const char *container, const char *id, struct failure *failure) {
    for (struct process *process = processes; process; process = process->next)
        if (process->state == REPORTED && !process->exit_taken && !strcmp(process->container_id, container) &&
            !strcmp(process->id, id)) {
            process->exit_taken = true;
            process_free_when_over(process);
            return true;
        }
    return fail(failure, "NOTFOUND", "there is no exit of a process \"%.200s\"", id);
}

void processes_forget(struct container *container) {
    for (struct process *process = processes, *next; process; process = next) {
        next = process->next;
        if (process->container != container)
            continue;
        process->container = NULL;
        process->exit_taken = true;
        process_free_when_over(process);
    }
}

void processes_kill(void) {
    for (struct process *process = processes; process; process = process->next)
        if (!process_is_reaped(process))
            kill(process->pid, SIGKILL);
    // On a host this may be the host's pid namespace, so only its own processes are killed there.
    if (!mode.host)
        kill(-1, SIGKILL);
}

void processes_kill_starting(void) {
    if (!control_extended())
        return;
    for (struct process *process = processes; process; process = process->next)
        if (process->state == STARTING) {
            if (!process->failed)
                fail(&process->failure, "EIO", "the host has gone");
            // Even if its program runs by now: nobody has heard of it.
            process->failed = true;
            kill(process->pid, SIGKILL);
        }
}

void processes_free(void) {
    while (processes) {
        process_drop_streams(processes);
        process_free(processes);
    }
}
