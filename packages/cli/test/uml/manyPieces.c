// A program reads many pages that nobody has written to: they are all the same one, and the host can join none of its mappings. Then it
// writes to some, forks, protects them, moves and drops them. Argument: how many pages. Prints after each step how many were wrong.
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, WRITTEN = 64 };

static size_t pages;

static void fail(const char *what) {
    perror(what);
    exit(2);
}

// Each page of those that were written to has this.
static void look(const char *step, const volatile char *memory, char wanted) {
    size_t wrong = 0;
    for (size_t i = 0; i < pages; i++)
        if (memory[i * PAGE] != (i % WRITTEN == 0 ? wanted : 0))
            wrong++;
    printf("%s: %zu wrong\n", step, wrong);
    fflush(stdout);
}

static void write_some(char *memory, char value) {
    for (size_t i = 0; i < pages; i += WRITTEN)
        memory[i * PAGE] = value;
}

int main(int count, char **arguments) {
    int status = 0;
    if (count != 2)
        return 2;
    pages = strtoul(arguments[1], NULL, 10);
    char *memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        fail("mmap");
    look("read", memory, 0);
    write_some(memory, 1);
    look("written", memory, 1);

    pid_t child = fork();
    if (child < 0)
        fail("fork");
    if (child == 0) {
        write_some(memory, 2);
        look("child", memory, 2);
        return 0;
    }
    if (waitpid(child, &status, 0) < 0 || status != 0)
        fail("the child");
    look("parent", memory, 1);

    if (mprotect(memory, pages * PAGE, PROT_READ) < 0)
        fail("mprotect");
    look("protected", memory, 1);
    memory = mremap(memory, pages * PAGE, (pages + 1) * PAGE, MREMAP_MAYMOVE);
    if (memory == MAP_FAILED)
        fail("mremap");
    look("moved", memory, 1);
    if (madvise(memory, pages * PAGE, MADV_DONTNEED) < 0)
        fail("madvise");
    look("dropped", memory, 0);
    return 0;
}
