// Threads map memory, protect it, move it, drop it, pass it to each other and fork, all at once; each looks whether its memory has
// what it left there. Arguments: seed, seconds, how many pages another thread reads all the while, each a mapping of the host's.
// Prints what is wrong, and how often something was.
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 4, PAGE = 4096, WORDS = PAGE / sizeof(uint64_t), MOST_PAGES = 40, PASSED_PAGES = 4, PLACES = 64 };

struct memory {
    uint64_t *words;
    size_t pages;
    uint64_t value;
};

static time_t end;
static unsigned seed;
static atomic_long rounds, wrong;
static _Atomic(uint64_t *) passed[PLACES];
static __thread sigjmp_buf *volatile faults_to;

static void fail(const char *what) {
    perror(what);
    _exit(2);
}

static void say_wrong(const char *what, uint64_t found, uint64_t wanted) {
    if (atomic_fetch_add(&wrong, 1) < 5)
        dprintf(STDOUT_FILENO, "%s: %llx, not %llx\n", what, (unsigned long long)found, (unsigned long long)wanted);
}

static void take_fault(int signal) {
    (void)signal;
    if (faults_to)
        siglongjmp(*faults_to, 1);
    dprintf(STDOUT_FILENO, "a fault that nobody expects\n");
    _exit(3);
}

static uint64_t *map(size_t pages) {
    void *at = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        fail("mmap");
    return at;
}

static void fill(uint64_t *words, size_t pages, uint64_t value) {
    for (size_t i = 0; i < pages * WORDS; i++)
        words[i] = value;
}

// Some words of each page.
static void look(const char *what, const uint64_t *words, size_t pages, uint64_t wanted) {
    for (size_t i = 0; i < pages * WORDS; i += 73)
        if (words[i] != wanted) {
            say_wrong(what, words[i], wanted);
            return;
        }
}

static void drop(struct memory *memory) {
    if (madvise(memory->words, memory->pages * PAGE, MADV_DONTNEED) < 0)
        fail("madvise");
    look("dropped", memory->words, memory->pages, 0);
}

static void protect(struct memory *memory) {
    sigjmp_buf here;
    if (mprotect(memory->words, memory->pages * PAGE, PROT_READ) < 0)
        fail("mprotect");
    if (sigsetjmp(here, 1) == 0) {
        faults_to = &here;
        *(volatile uint64_t *)memory->words = 1;
        say_wrong("a write to what is read-only", memory->words[0], memory->value);
    }
    faults_to = NULL;
    look("protected", memory->words, memory->pages, memory->value);
}

static void move(struct memory *memory) {
    size_t bytes = memory->pages * PAGE;
    uint64_t *moved = mremap(memory->words, bytes, 2 * bytes, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED)
        fail("mremap");
    look("moved", moved, memory->pages, memory->value);
    look("grown", moved + memory->pages * WORDS, memory->pages, 0);
    if (munmap(moved + memory->pages * WORDS, bytes) < 0)
        fail("munmap");
    memory->words = moved;
}

static void pass(uint64_t value, int place) {
    uint64_t *ours = map(PASSED_PAGES);
    fill(ours, PASSED_PAGES, value);
    uint64_t *theirs = atomic_exchange(&passed[place], ours);
    if (!theirs)
        return;
    look("passed", theirs, PASSED_PAGES, theirs[0]);
    munmap(theirs, PASSED_PAGES * PAGE);
}

static void fork_with(struct memory *memory) {
    int status = 0;
    pid_t child = fork();
    if (child < 0)
        fail("fork");
    if (child == 0) {
        look("a child's", memory->words, memory->pages, memory->value);
        fill(memory->words, memory->pages, 1);
        _exit(0);
    }
    if (waitpid(child, &status, 0) < 0 || status != 0)
        say_wrong("a child's status", (uint64_t)status, 0);
    look("a parent's", memory->words, memory->pages, memory->value);
}

static void *work(void *argument) {
    uint64_t thread = (uintptr_t)argument;
    unsigned chance = seed + (unsigned)thread;
    for (uint64_t round = 1; time(NULL) < end; round++) {
        struct memory memory = {.pages = 1 + (size_t)rand_r(&chance) % MOST_PAGES, .value = (thread << 48) + round};
        memory.words = map(memory.pages);
        look("new", memory.words, memory.pages, 0);
        fill(memory.words, memory.pages, memory.value);
        int what = rand_r(&chance) % 64;
        if (what == 0)
            fork_with(&memory);
        else if (what < 16)
            drop(&memory);
        else if (what < 32)
            protect(&memory);
        else if (what < 48)
            move(&memory);
        else
            pass(memory.value, rand_r(&chance) % PLACES);
        if (munmap(memory.words, memory.pages * PAGE) < 0)
            fail("munmap");
        atomic_fetch_add(&rounds, 1);
    }
    return NULL;
}

// Pages that nobody has written to are all the same one, so that the host can join none of them.
static void *read_all(void *argument) {
    size_t pages = (uintptr_t)argument;
    const volatile uint64_t *words = map(pages);
    do {
        for (size_t i = 0; i < pages; i++)
            if (words[i * WORDS] != 0)
                say_wrong("never written to", words[i * WORDS], 0);
    } while (time(NULL) < end);
    return NULL;
}

int main(int count, char **arguments) {
    pthread_t threads[THREADS + 1];
    if (count != 4 || signal(SIGSEGV, take_fault) == SIG_ERR)
        return 2;
    seed = (unsigned)strtoul(arguments[1], NULL, 10);
    end = time(NULL) + strtol(arguments[2], NULL, 10);
    for (uintptr_t i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, work, (void *)(i + 1)) != 0)
            fail("pthread_create");
    if (pthread_create(&threads[THREADS], NULL, read_all, (void *)strtoul(arguments[3], NULL, 10)) != 0)
        fail("pthread_create");
    for (int i = 0; i <= THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("%ld wrong\n", atomic_load(&wrong));
    return atomic_load(&rounds) < 100;
}
