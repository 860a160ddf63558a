// A program on one CPU writes to a page of a file, again and again. On another CPU the file is cut off, and the page becomes this
// one's: it must not change any more. Prints how often it did, out of how many times.
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 1000, PAGES = 64, PAGE = 4096, OURS = 0x5a5a };

static sigjmp_buf cut;

static void fail(const char *what) {
    perror(what);
    exit(2);
}

static void stay_on(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) < 0)
        fail("sched_setaffinity");
}

static void take_bus_error(int signal) {
    (void)signal;
    siglongjmp(cut, 1);
}

static void write_for_ever(volatile uint64_t *page) {
    stay_on(1);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || signal(SIGBUS, take_bus_error) == SIG_ERR)
        fail("setting the writer up");
    sigsetjmp(cut, 1);
    for (uint64_t count = 1;; count++)
        *page = count << 16;
}

static void spin(long microseconds) {
    struct timespec begin, now;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - begin.tv_sec) * 1000000 + (now.tv_nsec - begin.tv_nsec) / 1000 < microseconds);
}

static void *map(int flags, int fd, size_t size) {
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);
    if (at == MAP_FAILED)
        fail("mmap");
    return at;
}

// The pages that it takes are those that were given back last, as the file's.
static int changed(int file) {
    uint64_t *pages = map(MAP_PRIVATE | MAP_ANONYMOUS, -1, PAGES * PAGE);
    int count = 0;
    // Long enough for the writer to run.
    spin(3000);
    if (ftruncate(file, 0) < 0)
        fail("ftruncate");
    for (int i = 0; i < PAGES; i++)
        pages[i * PAGE / sizeof *pages] = OURS;
    spin(1000);
    for (int i = 0; i < PAGES; i++)
        count += pages[i * PAGE / sizeof *pages] != OURS;
    if (ftruncate(file, PAGE) < 0 || munmap(pages, PAGES * PAGE) < 0)
        fail("giving back");
    return count;
}

int main(void) {
    int file = memfd_create("file", MFD_CLOEXEC);
    if (file < 0 || ftruncate(file, PAGE) < 0)
        fail("memfd_create");
    volatile uint64_t *page = map(MAP_SHARED, file, PAGE);
    pid_t writer = fork();
    if (writer < 0)
        fail("fork");
    if (writer == 0)
        write_for_ever(page);
    stay_on(0);
    int times = 0;
    for (int round = 0; round < ROUNDS; round++)
        times += changed(file) > 0;
    if (kill(writer, SIGKILL) < 0 || waitpid(writer, NULL, 0) < 0)
        fail("ending the writer");
    printf("%d of %d\n", times, ROUNDS);
    return 0;
}
