// A process that appends events and says which are on disk, until it is killed.
// argv: directory, the first event's number, how many are appended at once (0: it only holds the lock).
import { writeSync } from 'node:fs';
import { EventLog } from '@runv/eventlog';

const [dir, first, burst] = process.argv.slice(2);
const log = await EventLog.open({ dir, parse: (value) => value, time: (event) => event.at });
writeSync(1, 'open\n');

process.stdin.resume();
let n = Number(first);
const append = async () => {
  for (;;) {
    const mine = n++;
    await log.append({ n: mine, at: 1_700_000_000_000 + mine, text: 'x'.repeat((mine * 7919) % 3000) });
    writeSync(1, `${mine}\n`);
  }
};
await Promise.all(Array.from({ length: Number(burst) }, append));
