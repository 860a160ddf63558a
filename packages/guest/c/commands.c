// Finds the handler of a command, and parses the JSON for it.
#include "commands.h"

#include <json-c/json.h>

#include "base/json.h"
#include "command.h"
#include "containercommands.h"
#include "podcommands.h"

static const struct command_table *const tables[] = {&pod_commands, &container_commands};

static const struct command_handler *find_handler(uint32_t code) {
    for (size_t table = 0; table < sizeof tables / sizeof *tables; table++)
        for (size_t i = 0; i < tables[table]->count; i++)
            if (tables[table]->handlers[i].code == code)
                return &tables[table]->handlers[i];
    return NULL;
}

static bool check_id(const struct command *command, struct failure *failure) {
    return !control_extended() || command->request.id != 0 ||
           fail(failure, "INVALID", "the message's id is 0, which is the guest's own");
}

void command_run(struct request request, const uint8_t *payload, size_t size) {
    struct command command = {.request = request, .payload = payload, .size = size};
    const struct command_handler *handler = find_handler(request.code);
    if (!handler) {
        command_answer(&command, fail(&command.failure, "INVALID", "there is no command %u", request.code));
        return;
    }
    bool ready = check_id(&command, &command.failure);
    if (ready && handler->has_json) {
        command.json = json_parse_object(payload, command_json_size(&command), &command.failure);
        ready = command.json != NULL;
    }
    if (ready)
        handler->run(&command);
    else
        command_answer(&command, false);
    json_object_put(command.json);
}
