// What the handlers of commands share.
#include "command.h"

#include <string.h>

size_t command_json_size(const struct command *command) {
    const uint8_t *end = command->size ? memchr(command->payload, 0, command->size) : NULL;
    return end ? (size_t)(end - command->payload) : command->size;
}

void command_answer(struct command *command, bool done) {
    if (done)
        answer_ack(&command->request, NULL, 0);
    else
        answer_error(&command->request, &command->failure);
}
