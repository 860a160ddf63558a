// Keeps every CPU busy, as other work on the machine does, with nice 0.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';

// Looks now and then whether this process is still there, so that it never outlives it.
const LOOP = 'while kill -0 "$1" 2>/dev/null; do i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; done';

/**
 * @template T
 * @param {() => Promise<T>} work
 */
export async function withBusyCpus(work) {
  const loops = Array.from({ length: availableParallelism() }, () =>
    spawn('sh', ['-c', LOOP, 'sh', `${process.pid}`], { stdio: 'ignore' }),
  );
  try {
    return await work();
  } finally {
    const ended = loops.map((loop) => once(loop, 'exit'));
    for (const loop of loops) loop.kill('SIGKILL');
    await Promise.all(ended);
  }
}
