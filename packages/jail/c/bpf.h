// A filter of system calls as a program, which is made instruction by instruction.
#ifndef RUNV_BPF_H
#define RUNV_BPF_H

#include <stdint.h>

// What is done with a call.
extern const uint32_t ALLOW, REFUSE, MISSING;

enum test { EQUAL = 0x15, ANY_BIT = 0x45 };

// Begins one. Calls of another ABI end the process, or are refused. Then the call's number is loaded.
void bpf_begin(void);
// Gives that answer where the value that was loaded last is this one.
void bpf_answer(uint32_t value, uint32_t with);
// Where the call has this number, the lower half of an argument decides.
void bpf_argument(int number, int argument, enum test test, uint32_t value, uint32_t if_so, uint32_t otherwise);
// The same by some bits of that half.
void bpf_bits(int number, int argument, uint32_t bits, uint32_t value, uint32_t if_so, uint32_t otherwise);
// Ends it with the answer for all other calls, and puts it in force for this process and all that it starts.
void bpf_install(uint32_t otherwise);

#endif
