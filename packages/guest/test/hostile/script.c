// Lines of a script:
//   at CODE                 the lines that follow are for each command of this number (8: for READY, before it is sent)
//   instead                 the command gets no answer but those below
//   answer CODE TIMES HEAD BYTE COUNT   a message with the command's id: HEAD (hex, or -), then COUNT times BYTE
//   say CODE TIMES HEAD BYTE COUNT      the same with the id 0
//   raw CHANNEL TIMES HEAD BYTE COUNT   bytes on channel 0 (control), 1 (stdio) or 2 (the console), without a header
//   close CHANNEL
//   after                   (anywhere) every command is answered first, and its lines are played then
//   silent                  from now on nothing is read, written or answered
//   off                     powers off
//   end                     PID 1 ends, by which the kernel panics
// TIMES is 0 for ever.
#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"

struct bytes {
    size_t size;
    char *data;
};

static struct bytes bytes_of(const char *head, unsigned byte, size_t count) {
    size_t length = *head == '-' ? 0 : strlen(head) / 2;
    struct bytes made = {.size = length + count, .data = allocate(length + count + 1)};
    for (size_t i = 0; i < length; i++) {
        unsigned value = 0;
        sscanf(head + 2 * i, "%2x", &value);
        made.data[i] = (char)value;
    }
    memset(made.data + length, (int)byte, count);
    return made;
}

static bool send_once(struct wire *wire, const char *verb, const struct command *to, unsigned code, struct bytes all) {
    if (*verb == 'r')
        return wire_write(code == 2 ? STDERR_FILENO : code ? wire->stdio : wire->control, all.data, all.size);
    return wire_say(wire, code, *verb == 'a' ? to->id : 0, all.data, all.size);
}

static void send_many(struct wire *wire, const char *line, const struct command *to) {
    static char head[1 << 16];
    char verb[16];
    unsigned code, byte;
    unsigned long times;
    size_t count;
    if (sscanf(line, "%15s %u %lu %65535s %u %zu", verb, &code, &times, head, &byte, &count) != 6)
        fatal("the script has a line \"%s\"", line);
    struct bytes all = bytes_of(head, byte, count);
    for (unsigned long i = 0; (times == 0 || i < times) && send_once(wire, verb, to, code, all); i++)
        ;
    free(all.data);
}

static void play_line(const char *line, struct wire *wire, const struct command *command) {
    if (!strncmp(line, "close ", 6))
        close(line[6] == '1' ? wire->stdio : wire->control);
    else if (!strcmp(line, "silent"))
        for (;;)
            pause();
    else if (!strcmp(line, "off"))
        power_off(0);
    else if (!strcmp(line, "end"))
        _exit(1);
    else
        send_many(wire, line, command);
}

bool script_play(char *script, struct wire *wire, const struct command *command) {
    bool answers = true, meant = false;
    char *rest = copy_string(script), *next = rest;
    for (char *line; (line = strsep(&next, "\n"));) {
        if (!strncmp(line, "at ", 3))
            meant = strtoul(line + 3, NULL, 10) == command->code;
        else if (meant && !strcmp(line, "instead"))
            answers = false;
        else if (meant && *line && strcmp(line, "after"))
            play_line(line, wire, command);
    }
    free(rest);
    return answers;
}
