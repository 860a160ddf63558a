#include "steer.h"

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// The keys of the map of listeners.
enum { FOUR, SIX, KEYS };

// The program's registers beside r0: the context, the listener that was found, and the stack's end.
enum { CONTEXT = 6, LISTENER = 7, STACK = 10 };

#define FIELD(name) offsetof(struct bpf_sk_lookup, name)
#define LOAD(to, field) {.code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = (to), .src_reg = CONTEXT, .off = (field)}
#define UNLESS(reg, value, to) {.code = BPF_JMP32 | BPF_JNE | BPF_K, .dst_reg = (reg), .imm = (int)(value), .off = (to)}
#define IF_NULL(reg, to) {.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = (reg), .off = (to)}
#define GO(to) {.code = BPF_JMP | BPF_JA, .off = (to)}
#define COPY(to, from) {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = (to), .src_reg = (from)}
#define SET(to, value) {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (to), .imm = (value)}
#define ADD(to, value) {.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = (to), .imm = (value)}
#define STORE(reg, at) {.code = BPF_STX | BPF_MEM | BPF_W, .dst_reg = STACK, .src_reg = (reg), .off = (at)}
#define MAP(to, fd) {.code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = (to), .src_reg = BPF_PSEUDO_MAP_FD, .imm = (fd)}, {.code = 0}
#define CALL(function) {.code = BPF_JMP | BPF_CALL, .imm = (function)}
#define RETURN {.code = BPF_JMP | BPF_EXIT}

static int bpf(int command, union bpf_attr *attributes) {
    return (int)syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

static uint64_t address(const void *pointer) {
    return (uint64_t)(uintptr_t)pointer;
}

static void put(int map, uint32_t key, int listener) {
    uint64_t value = (uint64_t)listener;
    union bpf_attr update = {.map_fd = (uint32_t)map, .key = address(&key), .value = address(&value)};
    if (listener >= 0 && bpf(BPF_MAP_UPDATE_ELEM, &update) < 0)
        err(1, "the map of listeners");
}

// Where jumps lead: the index of the instruction.
enum { NOT_FOUR = 9, LOOK_UP = 19, PASS = 33 };

// The kernel counts from the instruction after the jump.
static void resolve_jumps(struct bpf_insn *program, int count) {
    for (int i = 0; i < count; i++) {
        int kind = BPF_CLASS(program[i].code), what = BPF_OP(program[i].code);
        if ((kind == BPF_JMP || kind == BPF_JMP32) && what != BPF_CALL && what != BPF_EXIT)
            program[i].off = (int16_t)(program[i].off - i - 1);
    }
}

static int load(int map) {
    static char log[16384];
    struct bpf_insn program[] = {
        COPY(CONTEXT, 1),
        LOAD(2, FIELD(protocol)),
        UNLESS(2, IPPROTO_TCP, PASS),
        LOAD(2, FIELD(family)),
        UNLESS(2, AF_INET, NOT_FOUR),
        LOAD(2, FIELD(local_ip4)),
        UNLESS(2, htonl(INADDR_LOOPBACK), PASS),
        SET(2, FOUR),
        GO(LOOK_UP),
        // NOT_FOUR
        UNLESS(2, AF_INET6, PASS),
        LOAD(2, FIELD(local_ip6[0])),
        UNLESS(2, 0, PASS),
        LOAD(2, FIELD(local_ip6[1])),
        UNLESS(2, 0, PASS),
        LOAD(2, FIELD(local_ip6[2])),
        UNLESS(2, 0, PASS),
        LOAD(2, FIELD(local_ip6[3])),
        UNLESS(2, htonl(1), PASS),
        SET(2, SIX),
        // LOOK_UP
        STORE(2, -4),
        MAP(1, map),
        COPY(2, STACK),
        ADD(2, -4),
        CALL(BPF_FUNC_map_lookup_elem),
        IF_NULL(0, PASS),
        COPY(LISTENER, 0),
        COPY(1, CONTEXT),
        COPY(2, LISTENER),
        SET(3, 0),
        CALL(BPF_FUNC_sk_assign),
        COPY(1, LISTENER),
        CALL(BPF_FUNC_sk_release),
        // PASS
        SET(0, SK_PASS),
        RETURN,
    };
    resolve_jumps(program, sizeof program / sizeof *program);
    union bpf_attr attributes = {
        .prog_type = BPF_PROG_TYPE_SK_LOOKUP,
        .expected_attach_type = BPF_SK_LOOKUP,
        .insns = address(program),
        .insn_cnt = sizeof program / sizeof *program,
        .license = address("Apache-2.0"),
        .log_buf = address(log),
        .log_size = sizeof log,
        .log_level = 1,
    };
    int fd = bpf(BPF_PROG_LOAD, &attributes);
    if (fd < 0)
        err(1, "loading the program: %.300s", log);
    return fd;
}

void steer(int four, int six) {
    union bpf_attr attributes = {
        .map_type = BPF_MAP_TYPE_SOCKMAP, .key_size = sizeof(uint32_t), .value_size = sizeof(uint64_t), .max_entries = KEYS};
    int map = bpf(BPF_MAP_CREATE, &attributes);
    if (map < 0)
        err(1, "a map of listeners");
    put(map, FOUR, four);
    put(map, SIX, six);
    int program = load(map);
    int space = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    union bpf_attr link = {.link_create = {.prog_fd = (uint32_t)program, .target_fd = (uint32_t)space, .attach_type = BPF_SK_LOOKUP}};
    // It ends with its last descriptor, which stays open.
    if (space < 0 || bpf(BPF_LINK_CREATE, &link) < 0)
        err(1, "steering the network namespace's connections");
    close(space);
    close(program);
    close(map);
}
