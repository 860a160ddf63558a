#include "bpf.h"

#include <errno.h>
#include <stddef.h>
#include <sys/prctl.h>

#include "failure.h"

// linux/filter.h, linux/seccomp.h and linux/audit.h have them, which musl has not.
enum { LOAD = 0x20, AND = 0x54, AT_LEAST = 0x35, RETURN = 0x06 };
enum { MODE_FILTER = 2 };
const uint32_t ALLOW = 0x7fff0000, REFUSE = 0x00050000 | EPERM, MISSING = 0x00050000 | ENOSYS;
static const uint32_t KILL = 0x80000000;
#if defined(__x86_64__)
static const uint32_t ARCHITECTURE = 0xc000003e;
#elif defined(__aarch64__)
static const uint32_t ARCHITECTURE = 0xc00000b7;
#endif
// Of x86-64: calls of another ABI begin here. No architecture has numbers that large.
static const uint32_t OTHER_ABI = 0x40000000;

struct call {
    int number;
    uint32_t architecture;
    uint64_t instruction, arguments[6];
};

struct instruction {
    uint16_t code;
    uint8_t if_true, if_false;
    uint32_t value;
};

struct program {
    unsigned short length;
    struct instruction *instructions;
};

enum { MOST = 512 };

static struct instruction code[MOST];
static unsigned short length;

static void emit(uint16_t what, uint8_t if_true, uint8_t if_false, uint32_t value) {
    if (length == MOST)
        fail(0, "a filter of more than %d instructions", MOST);
    code[length++] = (struct instruction){what, if_true, if_false, value};
}

static void load(size_t offset) {
    emit(LOAD, 0, 0, (uint32_t)offset);
}

void bpf_begin(void) {
    load(offsetof(struct call, architecture));
    emit(EQUAL, 1, 0, ARCHITECTURE);
    emit(RETURN, 0, 0, KILL);
    load(offsetof(struct call, number));
    emit(AT_LEAST, 0, 1, OTHER_ABI);
    emit(RETURN, 0, 0, REFUSE);
}

void bpf_answer(uint32_t value, uint32_t with) {
    emit(EQUAL, 0, 1, value);
    emit(RETURN, 0, 0, with);
}

void bpf_argument(int number, int argument, enum test test, uint32_t value, uint32_t if_so, uint32_t otherwise) {
    emit(EQUAL, 0, 4, (uint32_t)number);
    load(offsetof(struct call, arguments) + (size_t)argument * sizeof(uint64_t));
    emit(test, 0, 1, value);
    emit(RETURN, 0, 0, if_so);
    emit(RETURN, 0, 0, otherwise);
}

void bpf_bits(int number, int argument, uint32_t bits, uint32_t value, uint32_t if_so, uint32_t otherwise) {
    emit(EQUAL, 0, 5, (uint32_t)number);
    load(offsetof(struct call, arguments) + (size_t)argument * sizeof(uint64_t));
    emit(AND, 0, 0, bits);
    emit(EQUAL, 0, 1, value);
    emit(RETURN, 0, 0, if_so);
    emit(RETURN, 0, 0, otherwise);
}

void bpf_install(uint32_t otherwise) {
    emit(RETURN, 0, 0, otherwise);
    struct program program = {length, code};
    if (prctl(PR_SET_SECCOMP, MODE_FILTER, &program) < 0)
        fail(errno, "the filter of system calls");
}
