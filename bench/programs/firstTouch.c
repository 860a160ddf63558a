// Writes to each page of 64 MiB that it has not touched before.
#include <stdlib.h>
#include <sys/mman.h>

#define SIZE (64UL << 20)
#define PAGE 4096

int main(void) {
    char *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return 1;
    for (unsigned long at = 0; at < SIZE; at += PAGE)
        ((volatile char *)memory)[at] = 1;
    return 0;
}
