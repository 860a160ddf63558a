// The process's outputs, and the two ways in which the shim ends.
#include "process.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REFUSED_STATUS = 255, LONGEST_LINE = 1024 };

static uint8_t bytes[2][256 * 1024];
struct process process = {
    .outputs = {{.ring = {.size = sizeof *bytes, .bytes = bytes[0]}}, {.ring = {.size = sizeof *bytes, .bytes = bytes[1]}}}};
static bool ended;
static int status_at_end;

struct output *process_output(int stream) {
    int count = process.terminal ? 1 : 2;
    return stream >= 1 && stream <= count ? &process.outputs[stream - 1] : NULL;
}

static bool awaits_reader(void) {
    return output_awaits_last_reader(&process.outputs[0]) || output_awaits_last_reader(&process.outputs[1]);
}

void process_ended(int status) {
    ended = true;
    status_at_end = status;
    process_end_when_done();
}

void process_end_when_done(void) {
    if (ended && !awaits_reader())
        process_exit(status_at_end);
}

void process_end_at_once(void) {
    if (ended)
        process_exit(status_at_end);
}

noreturn void process_exit(int status) {
    terminal_restore();
    exit(status);
}

// Where there is room at once: whoever does not read their stderr has no claim on the shim.
static void say(const char *line, size_t length) {
    struct pollfd polled = {.fd = STDERR_FILENO, .events = POLLOUT};
    if (poll(&polled, 1, 0) == 1 && (polled.revents & POLLOUT) && write(STDERR_FILENO, line, length) < 0)
        return;
}

noreturn void process_refused(const char *line, size_t length) {
    char printed[LONGEST_LINE];
    if (length > sizeof printed - 1)
        length = sizeof printed - 1;
    for (size_t i = 0; i < length; i++)
        printed[i] = (unsigned char)line[i] < ' ' || line[i] == 127 ? '?' : line[i];
    printed[length] = '\n';
    terminal_restore();
    // A carrier's stderr is the process's alone.
    if (!process.carrier)
        say(printed, length + 1);
    exit(REFUSED_STATUS);
}
