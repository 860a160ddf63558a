// The JSON of LIST, from the tables of containers and processes.
#include "process/list.h"

#include <json-c/json.h>

#include "channel/streams.h"
#include "container/container.h"
#include "process/process.h"

static void add(struct json_object *object, const char *name, struct json_object *value) {
    if (!value || json_object_object_add(object, name, value) < 0)
        fatal("out of memory: the list of processes");
}

static void add_to(struct json_object *array, struct json_object *value) {
    if (!value || json_object_array_add(array, value) < 0)
        fatal("out of memory: the list of processes");
}

static struct json_object *make_object(void) {
    struct json_object *object = json_object_new_object();
    if (!object)
        fatal("out of memory: the list of processes");
    return object;
}

static struct json_object *make_array(void) {
    struct json_object *array = json_object_new_array();
    if (!array)
        fatal("out of memory: the list of processes");
    return array;
}

// An exit that was not reported yet is none: what the process wrote may not have reached the host.
static const char *state_name(const struct process *process) {
    switch (process->state) {
    case STARTING:
    case RELEASED:
        return "starting";
    case CREATED:
        return "created";
    case RUNNING:
    case REAPED:
        return "running";
    case REPORTED:
        break;
    }
    return "ended";
}

static struct json_object *describe_process(const struct process *process) {
    struct progress input = process_input_progress(process);
    struct progress output = process_output_progress(process, 0), error = process_output_progress(process, 1);
    struct json_object *object = make_object();
    add(object, "container", json_object_new_string(process->container_id));
    add(object, "id", json_object_new_string(process->id));
    add(object, "pid", json_object_new_int(process->pid));
    add(object, "state", json_object_new_string(state_name(process)));
    add(object, "ran", json_object_new_boolean(process->ran));
    add(object, "status", json_object_new_int(process->state == REPORTED ? process->status : 0));
    add(object, "exitTaken", json_object_new_boolean(process->exit_taken));
    add(object, "stdio", json_object_new_uint64(process->session));
    add(object, "stderr", json_object_new_uint64(process->stderr_session));
    add(object, "terminal", json_object_new_boolean(process->has_terminal));
    add(object, "received", json_object_new_uint64(input.bytes));
    add(object, "taken", json_object_new_uint64(input.taken));
    add(object, "inputEnded", json_object_new_boolean(input.ended));
    add(object, "stdoutPassed", json_object_new_uint64(output.bytes));
    add(object, "stdoutEnded", json_object_new_boolean(output.ended));
    add(object, "stderrPassed", json_object_new_uint64(error.bytes));
    add(object, "stderrEnded", json_object_new_boolean(error.ended));
    return object;
}

static struct json_object *describe_container(const struct container *container) {
    struct json_object *object = make_object();
    add(object, "id", json_object_new_string(container->id));
    add(object, "frozen", json_object_new_boolean(cgroup_is_frozen(container->cgroup)));
    return object;
}

void list_answer(struct request *request) {
    struct json_object *list = make_object(), *containers = make_array(), *processes = make_array();
    for (const struct container *container = containers_first(); container; container = container->next)
        add_to(containers, describe_container(container));
    for (const struct process *process = processes_first(); process; process = process->next)
        add_to(processes, describe_process(process));
    add(list, "containers", containers);
    add(list, "processes", processes);
    size_t size = 0;
    const char *text = json_object_to_json_string_length(
        list, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &size);
    answer_ack(request, text, size);
    json_object_put(list);
}
