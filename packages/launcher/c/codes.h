// The codes of docs/launcher-protocol.md.
// Made from proto/codes.json by `pnpm codes`: change it there.
#ifndef RUNV_CODES_H
#define RUNV_CODES_H

enum code {
    REQUEST = 1,
    REPORT = 2,
    BEGUN = 16,
    DECLINED = 17,
    OUTPUT = 18,
    START_SHIM = 19,
    EXIT = 20,
};

#endif
