// Loaded into a daemon by a test: at SIGUSR2 it collects garbage and writes to RUNV_TEST_HEAP what the heap has then, in bytes.
import { renameSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const path = process.env.RUNV_TEST_HEAP;
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
process.on('SIGUSR2', () => {
  collect();
  writeFileSync(`${path}.new`, `${process.memoryUsage().heapUsed}`);
  renameSync(`${path}.new`, path);
});
