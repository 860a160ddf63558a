// The codes of docs/guest-protocol.md.
// Made from proto/codes.json by `pnpm codes`: change it there.
#ifndef RUNV_CODES_H
#define RUNV_CODES_H

enum code {
    GETVERSION = 0,
    STARTPOD = 1,
    DESTROYPOD = 4,
    EXECCMD = 6,
    READY = 8,
    ACK = 9,
    ERROR = 10,
    WINSIZE = 11,
    PING = 12,
    PODFINISHED = 13,
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
    PREPARESNAPSHOT = 103,
    UPDATECONTAINER = 104,
    STATS = 105,
    FREEZE = 106,
    THAW = 107,
    NAMESERVER = 108,
    QUERY = 109,
    REPLY = 110,
    LIST = 111,
    RESUME = 112,
    TAKEEXIT = 113,
    CONNECT = 114,
    DISCONNECT = 115,
};

#endif
