// Two processes send each other a byte in turns, by two pipes.
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define TURNS 5000

static void must(int condition) {
    if (!condition)
        _exit(1);
}

static void answer(int from, int to) {
    char byte;
    while (read(from, &byte, 1) == 1)
        must(write(to, &byte, 1) == 1);
    _exit(0);
}

int main(void) {
    int there[2], back[2], status;
    char byte = 'x';
    must(pipe(there) == 0 && pipe(back) == 0);
    pid_t child = fork();
    must(child >= 0);
    if (child == 0) {
        close(there[1]);
        answer(there[0], back[1]);
    }
    for (int turn = 0; turn < TURNS; turn++)
        must(write(there[1], &byte, 1) == 1 && read(back[0], &byte, 1) == 1);
    close(there[1]);
    must(waitpid(child, &status, 0) == child && status == 0);
    return 0;
}
