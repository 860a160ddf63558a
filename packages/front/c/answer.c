// Does what the daemon says, until EXIT.
#include "answer.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "connection.h"
#include "shim.h"

enum { NOT_DONE = -1, FAILED = 1, MORE = 256, NONSENSE = 257 };

// What nobody reads is lost, and the command goes on: its status says how it went.
static void write_out(int fd, const uint8_t *from, size_t size) {
    while (size > 0) {
        ssize_t count = write(fd, from, size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return;
        from += count;
        size -= (size_t)count;
    }
}

static int obey(const struct frame *frame) {
    if (frame->type == OUTPUT && (frame->stream == STDOUT_FILENO || frame->stream == STDERR_FILENO)) {
        write_out(frame->stream, frame->payload, frame->length);
        return MORE;
    }
    if (frame->stream != 0)
        return NONSENSE;
    if (frame->type == BEGUN && frame->length == 0)
        return MORE;
    if (frame->type == START_SHIM)
        return shim_start(frame) ? MORE : NONSENSE;
    if (frame->type == EXIT && frame->length == 4 && get_be32(frame->payload) <= 255)
        return (int)get_be32(frame->payload);
    return NONSENSE;
}

static int give_up(const char *why) {
    fprintf(stderr, "runv: %s; what became of the command runv state tells, and the daemon's log\n", why);
    return FAILED;
}

int answer_follow(void) {
    struct frame frame;
    bool begun = false;
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return NOT_DONE;
    for (;;) {
        enum came came = connection_receive(&frame);
        if (came == CAME_FRAME && frame.type == DECLINED && frame.stream == 0 && !begun)
            return NOT_DONE;
        int status = came == CAME_FRAME ? obey(&frame) : NONSENSE;
        if (status < MORE)
            return status;
        if (status == NONSENSE && !begun)
            return NOT_DONE;
        if (status == NONSENSE)
            return give_up(came == CAME_END ? "the daemon has gone away before it had answered"
                                            : "the daemon has answered with what is no frame of these");
        begun = true;
    }
}
