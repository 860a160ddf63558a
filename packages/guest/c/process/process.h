// The processes of the pod: one record each, from the clone until the host has the exit and the last byte of output. spawn.c starts them,
// handshake.c answers for them, reap.c reaps and reports them.
#ifndef RUNV_PROCESS_H
#define RUNV_PROCESS_H

#include <sys/types.h>

#include "base/loop.h"
#include "channel/control.h"
#include "channel/streams.h"
#include "container/container.h"
#include "machine/writeback.h"
#include "process/child.h"
#include "spec/processspec.h"

enum process_state {
    STARTING, // between its clone and its exec
    CREATED,  // set up, and waiting for STARTCONTAINER
    RELEASED, // STARTCONTAINER came
    RUNNING,
    REAPED,   // what it wrote is being written back to the host
    REPORTED, // its output may go on
};

struct process {
    struct watch report; // first: the watch is the process
    struct process *next;
    struct write_back written_back; // once it is reaped
    struct container *container; // NULL beside PID 1, and once the container was removed
    char *container_id, *id;
    bool is_init;
    pid_t pid;
    enum process_state state;
    bool executing, failed;
    bool ran; // its program
    struct child *child; // until its program runs
    struct failure failure;
    struct request request;
    int terminal; // the pty's master, or -1
    bool has_terminal;
    uint64_t session, stderr_session; // 0: no stderr of its own
    struct stream *input;
    struct stream *outputs[2];
    int open_outputs;
    struct progress input_end;    // of an input that was dropped
    uint64_t output_totals[2];    // of outputs that are over
    bool output_goes_on;          // others hold what it wrote to
    uint64_t written[2];          // when it ended, then
    bool exit_taken;              // the host needs not be told of the exit any more
    int killed_by; // the signal that a created init was killed for
    int status;
};

struct process *process_add(struct container *container, const struct process_spec *spec, bool is_init);
void process_free(struct process *process);
// Frees it if its exit was reported and taken, and its outputs are over. Until then a host may ask for it.
void process_free_when_over(struct process *process);
// The oldest; `next` leads to the younger ones.
struct process *processes_first(void);
// These give a process that was not reaped yet, or NULL.
struct process *process_find(struct container *container, const char *id);
struct process *process_of_pid(pid_t pid);
struct process *process_init_of(const struct container *container);
bool process_is_starting(const struct process *process);
bool process_status_by_frame(const struct process *process);
bool process_is_reaped(const struct process *process);
struct progress process_input_progress(const struct process *process);
struct progress process_output_progress(const struct process *process, int number);
void process_start_streams(struct process *process);
// Sends no frames: the host sees nothing of the process.
void process_drop_input(struct process *process);
void process_drop_streams(struct process *process);
// The host has recorded the exit.
bool process_take_exit(const char *container, const char *id, struct failure *failure);

bool process_signal(struct container *container, const char *id, int number, struct failure *failure);
bool process_resize(uint64_t session, unsigned short rows, unsigned short columns, struct failure *failure);
bool processes_any_in(struct container *container);
// For a container that is removed: its processes have ended, but their streams may go on.
void processes_forget(struct container *container);
void processes_kill(void);
// The host that waited for them has gone.
void processes_kill_starting(void);
void processes_free(void);

#endif
