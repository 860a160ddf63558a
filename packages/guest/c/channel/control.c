// The control channel. In the base framing answers have no id and come in order, so a command waits for the answer to
// the one before it, and NEXT tells the host how many bytes the guest took.
#include "channel/control.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "channel/port.h"

enum { BASE_HEADER = 8, READ_AT_ONCE = 32 * 1024 };

static struct port port = {.name = "sh.hyper.channel.0", .length_offset = 4};
static const struct control_handlers *handlers;
static bool extended;
static unsigned waiting; // base commands without an answer yet: at most one
static bool dispatching;
static uint32_t epoch; // how many hosts have gone

static size_t room(struct port *self) {
    if (extended)
        return READ_AT_ONCE;
    return self->in.length < BASE_MESSAGE_LIMIT ? BASE_MESSAGE_LIMIT - self->in.length : 0;
}

static void send_message(uint32_t code, uint32_t id, const void *data, size_t size) {
    uint8_t header[EXTENDED_HEADER];
    size_t header_size = extended ? EXTENDED_HEADER : BASE_HEADER;
    put_be32(header, code);
    put_be32(header + 4, (uint32_t)(header_size + size));
    put_be32(header + 8, id);
    port_send(&port, header, header_size, data, size);
}

// Gives the length of the first message, or 0 while its header is not there.
static size_t message_length(void) {
    size_t header = extended ? EXTENDED_HEADER : BASE_HEADER;
    size_t limit = extended ? MESSAGE_LIMIT : BASE_MESSAGE_LIMIT;
    if (port.in.length < header)
        return 0;
    size_t length = get_be32(buffer_data(&port.in) + 4);
    if (length < header || length > limit)
        fatal("a control message of %zu bytes, it must be %zu to %zu: the framing is lost", length, header,
              limit);
    return length;
}

static void dispatch_first(size_t length) {
    const uint8_t *message = buffer_data(&port.in);
    size_t header = extended ? EXTENDED_HEADER : BASE_HEADER;
    struct request request = {.code = get_be32(message), .epoch = epoch, .open = true};
    if (extended)
        request.id = get_be32(message + 8);
    else
        waiting++;
    handlers->command(request, message + header, length - header);
    buffer_consume(&port.in, length);
}

static void dispatch(void) {
    if (dispatching)
        return;
    dispatching = true;
    size_t length;
    while ((extended || waiting == 0) && (length = message_length()) > 0 && port.in.length >= length)
        dispatch_first(length);
    dispatching = false;
}

static void received(struct port *self, size_t count) {
    (void)self;
    if (!extended) {
        uint8_t taken[4];
        put_be32(taken, (uint32_t)count);
        send_message(NEXT, 0, taken, sizeof taken);
    }
    dispatch();
}

static void reset(struct port *self) {
    (void)self;
    handlers->host_left();
}

static void returned(struct port *self) {
    (void)self;
}

static void drained(struct port *self) {
    (void)self;
}

void control_open(int fd, const struct control_handlers *control_handlers) {
    handlers = control_handlers;
    port.room = room;
    port.received = received;
    port.reset = reset;
    port.returned = returned;
    port.drained = drained;
    port_open(&port, fd);
    send_message(READY, 0, NULL, 0);
}

void control_close(void) {
    port_close(&port);
}

void control_extend(void) {
    extended = true;
    port_forget_when_away(&port);
}

void control_forget_host(void) {
    if (extended)
        epoch++;
}

bool control_extended(void) {
    return extended;
}

void control_event(uint32_t code, const void *data, size_t size) {
    send_message(code, 0, data, size);
}

bool control_flush(int milliseconds) {
    return port_flush(&port, milliseconds);
}

static void answered(struct request *request) {
    request->open = false;
    if (waiting == 0)
        return;
    waiting--;
    // The next base command may be in the buffer already. dispatch() returns at once when it is our caller.
    dispatch();
    port_look(&port);
}

static bool is_waited_for(const struct request *request) {
    return request->open && request->epoch == epoch;
}

void answer_ack(struct request *request, const void *data, size_t size) {
    if (!is_waited_for(request))
        return;
    send_message(ACK, request->id, data, size);
    answered(request);
}

void answer_error(struct request *request, const struct failure *failure) {
    if (!is_waited_for(request))
        return;
    struct json_object *object = json_object_new_object();
    if (!object || json_object_object_add(object, "message", json_object_new_string(failure->message)) < 0 ||
        json_object_object_add(object, "code", json_object_new_string(failure->code)) < 0)
        fatal("out of memory: an error's JSON");
    size_t size = 0;
    const char *text = json_object_to_json_string_length(
        object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &size);
    send_message(ERROR, request->id, text, size);
    json_object_put(object);
    answered(request);
}
