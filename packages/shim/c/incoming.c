// Takes frames from the connection's bytes, and does what they say.
#include "incoming.h"

#include <string.h>

#include "bytes.h"
#include "input.h"
#include "outgoing.h"
#include "process.h"
#include "protocol.h"
#include "reconnect.h"

static struct {
    uint8_t bytes[2 * LONGEST_FRAME];
    size_t size;
} buffer;

void incoming_begin(void) {
    buffer.size = 0;
}

struct span incoming_room(void) {
    return (struct span){buffer.bytes + buffer.size, sizeof buffer.bytes - buffer.size};
}

// How much of its input the daemon has; more than before is progress, whichever frame brings the news.
static bool take_input(bool (*take)(uint64_t), uint64_t total) {
    uint64_t before = input_taken();
    if (!take(total))
        return false;
    if (total > before)
        reconnect_useful();
    return true;
}

static bool welcome(const struct frame *frame) {
    if (outgoing_welcomed() || frame->stream != 0 || frame->length != 8)
        return false;
    // The connection before may have brought it, and was cut before the daemon could say so.
    if (!take_input(input_send_again, get_be64(frame->payload)))
        return false;
    outgoing_welcome();
    return true;
}

static bool take_output(const struct frame *frame) {
    struct output *output = process_output(frame->stream);
    if (!output || frame->length < OFFSET || frame->length > OFFSET + LONGEST_DATA)
        return false;
    uint64_t before = output->ring.end;
    if (!output_receive(output, get_be64(frame->payload), frame->payload + OFFSET, frame->length - OFFSET))
        return false;
    if (output->ring.end > before)
        reconnect_useful();
    return true;
}

static bool end_output(const struct frame *frame) {
    struct output *output = process_output(frame->stream);
    return output && frame->length == 8 && output_end(output, get_be64(frame->payload));
}

static bool taken(const struct frame *frame) {
    return frame->stream == 0 && frame->length == 8 && take_input(input_take, get_be64(frame->payload));
}

static bool end_process(const struct frame *frame) {
    if (frame->stream != 0 || frame->length != 4 || get_be32(frame->payload) > 255)
        return false;
    process_ended((int)get_be32(frame->payload));
    return true;
}

static bool end_input(const struct frame *frame) {
    if (frame->stream != 0 || frame->length != 0)
        return false;
    input_finish();
    return true;
}

static bool refused(const struct frame *frame) {
    if (frame->stream != 0)
        return false;
    process_refused((const char *)frame->payload, frame->length);
}

static bool obey(const struct frame *frame) {
    if (frame->type == WELCOME)
        return welcome(frame);
    if (frame->type == REFUSED)
        return refused(frame);
    if (!outgoing_welcomed())
        return false;
    switch (frame->type) {
    case OUTPUT:
        return take_output(frame);
    case OUTPUT_END:
        return end_output(frame);
    case TAKEN:
        return taken(frame);
    case END_INPUT:
        return end_input(frame);
    case EXIT:
        return end_process(frame);
    default:
        return false;
    }
}

bool incoming_came(size_t size) {
    struct frame frame;
    size_t at = 0;
    enum frame_found found;
    buffer.size += size;
    while ((found = frame_parse(&frame, buffer.bytes + at, buffer.size - at, LONGEST_PAYLOAD)) == FRAME_WHOLE) {
        if (!obey(&frame))
            return false;
        at += FRAME_HEADER + frame.length;
    }
    buffer.size -= at;
    memmove(buffer.bytes, buffer.bytes + at, buffer.size);
    return found == FRAME_PART;
}
