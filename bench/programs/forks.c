// Makes a process 200 times, and waits for the end of each.
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    for (int number = 0; number < 200; number++) {
        int status;
        pid_t child = fork();
        if (child == 0)
            _exit(0);
        if (child < 0 || waitpid(child, &status, 0) != child)
            return 1;
    }
    return 0;
}
