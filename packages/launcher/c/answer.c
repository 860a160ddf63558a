// Follows the daemon's frames until EXIT.
#include "answer.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "bytes.h"
#include "connection.h"
#include "shim.h"

enum { NOT_DONE = -1, FAILED = 1, MORE = 256, MALFORMED = 257 };

// Drops output that nobody reads; the command goes on, and its status tells how it ended.
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
        return MALFORMED;
    if (frame->type == BEGUN && frame->length == 0)
        return MORE;
    if (frame->type == START_SHIM)
        return shim_start(frame) ? MORE : MALFORMED;
    if (frame->type == EXIT && frame->length == 4 && get_be32(frame->payload) <= 255)
        return (int)get_be32(frame->payload);
    return MALFORMED;
}

static int give_up(const char *why) {
    fprintf(stderr, "runv: %s; runv state and the daemon's log tell what became of the command\n", why);
    return FAILED;
}

int answer_follow(void) {
    struct frame frame;
    bool begun = false;
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return NOT_DONE;
    for (;;) {
        enum received received = connection_receive(&frame);
        if (received == RECEIVED_FRAME && frame.type == DECLINED && frame.stream == 0 && !begun)
            return NOT_DONE;
        int status = received == RECEIVED_FRAME ? obey(&frame) : MALFORMED;
        if (status < MORE)
            return status;
        if (status == MALFORMED && !begun)
            return NOT_DONE;
        if (status == MALFORMED)
            return give_up(received == RECEIVED_END ? "the daemon has disconnected before it answered"
                                            : "the daemon has sent bytes that are not a frame of this protocol");
        begun = true;
    }
}
