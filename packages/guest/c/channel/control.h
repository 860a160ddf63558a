// The control channel: frames in the base and the extended framing, and the answers to them.
#ifndef RUNV_CONTROL_H
#define RUNV_CONTROL_H

#include "base/base.h"

enum message_code {
    GETVERSION = 0,
    STARTPOD = 1,
    DESTROYPOD = 4,
    EXECCMD = 6,
    READY = 8,
    ACK = 9,
    ERROR = 10,
    WINSIZE = 11,
    PING = 12,
    NEXT = 14,
    WRITEFILE = 15,
    READFILE = 16,
    NEWCONTAINER = 17,
    KILLCONTAINER = 18,
    ONLINECPUMEM = 19,
    SETUPINTERFACE = 20,
    SETUPROUTE = 21,
    REMOVECONTAINER = 22,
    PROCESSASYNCEVENT = 23,
    SIGNALPROCESS = 24,
    DELETEINTERFACE = 25,
    NEGOTIATE = 100,
    STARTCONTAINER = 101,
    SETCLOCK = 102,
    PARK = 103,
    UPDATECONTAINER = 104,
    STATS = 105,
    FREEZE = 106,
    THAW = 107,
    NAMESERVER = 108,
    QUERY = 109,
    REPLY = 110,
};

enum { BASE_MESSAGE_LIMIT = 10240, MESSAGE_LIMIT = 8 * 1024 * 1024, EXTENDED_HEADER = 12 };

// Whom an answer goes to. `code` is 0 with `open` false when nobody waits.
struct request {
    uint32_t code, id;
    bool open;
};

void control_open(int fd);
void control_close(void);
// Every message after this call is in the extended framing, both ways.
void control_extend(void);
bool control_extended(void);
void control_event(uint32_t code, const void *data, size_t size);
bool control_flush(int milliseconds);

void answer_ack(struct request *request, const void *data, size_t size);
void answer_error(struct request *request, const struct failure *failure);

#endif
