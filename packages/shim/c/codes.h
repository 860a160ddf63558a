// The codes of docs/shim-protocol.md.
// Made from proto/codes.json by `pnpm codes`: change it there.
#ifndef RUNV_CODES_H
#define RUNV_CODES_H

enum code {
    HELLO = 1,
    INPUT = 2,
    INPUT_END = 3,
    PASSED = 4,
    SIGNAL = 5,
    RESIZE = 6,
    WELCOME = 16,
    OUTPUT = 17,
    OUTPUT_END = 18,
    TAKEN = 19,
    EXIT = 20,
    REFUSED = 21,
    END_INPUT = 22,
};

#endif
