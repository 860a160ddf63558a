// Two threads compute, each a part of its own, and after each part wait for the other.
#include <pthread.h>

#define ROUNDS 500
#define STEPS 20000

static pthread_barrier_t both;

static void *work(void *seed) {
    volatile unsigned value = (unsigned)(unsigned long)seed;
    for (int round = 0; round < ROUNDS; round++) {
        for (int step = 0; step < STEPS; step++)
            value = value * 1664525 + 1013904223;
        pthread_barrier_wait(&both);
    }
    return NULL;
}

int main(void) {
    pthread_t other;
    if (pthread_barrier_init(&both, NULL, 2) != 0 || pthread_create(&other, NULL, work, (void *)1) != 0)
        return 1;
    work((void *)2);
    return pthread_join(other, NULL);
}
