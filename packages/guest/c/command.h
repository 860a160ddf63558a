// A command of the control channel, as its handler gets it.
#ifndef RUNV_COMMAND_H
#define RUNV_COMMAND_H

#include <json-c/json.h>

#include "base/base.h"
#include "channel/control.h"

struct command {
    struct request request;
    const uint8_t *payload;
    size_t size;
    struct json_object *json; // NULL for a command without JSON
    struct failure failure;
};

struct command_handler {
    uint32_t code;
    bool has_json;                        // the payload begins with a JSON object
    void (*run)(struct command *command); // answers the request once, now or later
};

struct command_table {
    const struct command_handler *handlers;
    size_t count;
};

// The length of the JSON at the beginning of the payload; a NUL byte may end it.
size_t command_json_size(const struct command *command);
// ACK without a payload, or ERROR with the command's failure.
void command_answer(struct command *command, bool done);

#endif
