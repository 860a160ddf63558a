// Makes frames, a buffer full at a time and what is urgent first.
#include "outgoing.h"

#include <string.h>

#include "bytes.h"
#include "daemon.h"
#include "input.h"
#include "process.h"
#include "protocol.h"
#include "signals.h"

static struct {
    uint8_t bytes[LONGEST_FRAME];
    size_t begin, end;
} buffer;
static bool welcomed, ever_welcomed;
static bool resized;
static bool end_said;

static size_t room(void) {
    return sizeof buffer.bytes - buffer.end;
}

// Gives the payload's place; there must be room.
static uint8_t *add(enum code type, uint8_t stream, size_t length) {
    uint8_t *at = buffer.bytes + buffer.end;
    frame_put_header(at, type, stream, length);
    buffer.end += FRAME_HEADER + length;
    return at + FRAME_HEADER;
}

static bool fits(size_t length) {
    return room() >= FRAME_HEADER + length;
}

static struct terminal_size size_now(void) {
    resized = false;
    return terminal_size();
}

static void add_size(uint8_t *to) {
    struct terminal_size size = size_now();
    put_be16(to, size.rows);
    put_be16(to + 2, size.columns);
}

static uint32_t hello_flags(void) {
    return (process.terminal ? HAS_TERMINAL : 0) | (input_ended() ? STDIN_ENDED : 0) |
           (ever_welcomed ? WAS_WELCOME : 0) | WIDE;
}

static void add_hello(void) {
    size_t key = strlen(process.key);
    uint8_t *to = add(HELLO, 0, HELLO_FIELDS + key);
    put_be32(to, VERSION);
    put_be32(to + 4, (uint32_t)process.pid);
    put_be64(to + 8, input_read());
    for (int i = 0; i < 2; i++) {
        struct output *output = &process.outputs[i];
        output->said = output->ring.begin;
        put_be64(to + 16 + 8 * i, output->said);
    }
    add_size(to + 32);
    put_be32(to + 36, hello_flags());
    memcpy(to + HELLO_FIELDS, process.key, key);
}

void outgoing_begin(void) {
    buffer.begin = 0;
    buffer.end = 0;
    welcomed = false;
    end_said = false;
    add_hello();
}

void outgoing_welcome(void) {
    welcomed = true;
    ever_welcomed = true;
}

bool outgoing_ever_welcomed(void) {
    return ever_welcomed;
}

bool outgoing_welcomed(void) {
    return welcomed;
}

void outgoing_resized(void) {
    resized = true;
}

static void add_signals(void) {
    while (fits(4)) {
        int number = signals_next();
        if (number == 0)
            return;
        put_be32(add(SIGNAL, 0, 4), (uint32_t)number);
    }
}

static void add_passed(void) {
    for (uint8_t stream = 1; stream <= 2; stream++) {
        struct output *output = process_output(stream);
        if (!output || !output_should_say(output) || !fits(8))
            continue;
        output->said = output->ring.begin;
        put_be64(add(PASSED, stream, 8), output->said);
    }
}

static void add_input(void) {
    uint64_t offset;
    struct span data = input_unsent(&offset);
    while (data.size > 0 && fits(OFFSET + 1)) {
        size_t most = room() - FRAME_HEADER - OFFSET;
        size_t size = data.size < most ? data.size : most;
        size = size < LONGEST_DATA ? size : LONGEST_DATA;
        uint8_t *to = add(INPUT, 0, OFFSET + size);
        put_be64(to, offset);
        memcpy(to + OFFSET, data.at, size);
        input_sent(size);
        data = input_unsent(&offset);
    }
    if (data.size > 0 || !input_ended() || end_said || !fits(8))
        return;
    put_be64(add(INPUT_END, 0, 8), offset);
    end_said = true;
}

static void fill(void) {
    add_signals();
    if (resized && process.terminal && fits(4))
        add_size(add(RESIZE, 0, 4));
    add_passed();
    add_input();
}

bool outgoing_waiting(void) {
    return buffer.begin < buffer.end;
}

struct span outgoing_next(void) {
    if (!outgoing_waiting()) {
        buffer.begin = 0;
        buffer.end = 0;
        if (welcomed)
            fill();
    }
    return (struct span){buffer.bytes + buffer.begin, buffer.end - buffer.begin};
}

void outgoing_went(size_t size) {
    buffer.begin += size;
}
