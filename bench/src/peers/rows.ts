/** What every column is asked to do. */

export interface Row {
  readonly name: string;
  /** `/s`: more is better; `ms`: less. */
  readonly unit: 'ms' | '/s';
  /** Of a shell, in /load, which prepare.sh has filled: prints the sample. */
  readonly script: string;
  /** By emulation alone it takes many seconds: QEMU's column stays empty. */
  readonly slowByEmulation?: true;
}

const GO = 'export GOCACHE=/load/cache CGO_ENABLED=0; cd module;';
const EXECS = 'for i in $(seq 100); do /bin/true; done';
const LOOP = 'i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done';
const CLONE = 'git clone -q repository clone && git -C clone status -s && git -C clone log --stat';

export const ROWS: readonly Row[] = [
  { name: 'sha256 of 34 MB', unit: 'ms', script: 'timed sha256sum text' },
  { name: 'gzip of 8 MiB', unit: 'ms', script: 'timed gzip -c text.gzip' },
  { name: 'bzip2 of 2 MiB', unit: 'ms', script: 'timed bzip2 -c text.bzip2' },
  {
    name: 'awk, a loop',
    unit: 'ms',
    script: "timed awk 'BEGIN { while (i++ < 2000000) sum += i % 7 }'",
  },
  { name: 'shell, a loop', unit: 'ms', script: `timed sh -c '${LOOP}'` },
  { name: '100 execs', unit: 'ms', script: `timed sh -c '${EXECS}'` },
  {
    name: 'gcc -O2, six files',
    unit: 'ms',
    script: 'mkdir -p objects; cd objects; timed gcc -O2 -c /bench/*.c',
    slowByEmulation: true,
  },
  { name: 'python', unit: 'ms', script: 'timed python3 /bench/compute.py' },
  { name: 'node', unit: 'ms', script: 'timed node /bench/compute.js' },
  { name: "node's start", unit: 'ms', script: 'timed node -e 0' },
  { name: 'sqlite', unit: 'ms', script: 'rm -f items; timed sqlite3 items < items.sql' },
  { name: 'git clone, status, log', unit: 'ms', script: `rm -rf clone; timed sh -c '${CLONE}'`, slowByEmulation: true },
  { name: 'tar of 600 files', unit: 'ms', script: 'timed tar cf made.tar tree' },
  { name: 'untar', unit: 'ms', script: 'rm -rf out; mkdir out; timed tar xf tree.tar -C out' },
  { name: 'find in /usr', unit: 'ms', script: 'timed find /usr -type f -size +1M', slowByEmulation: true },
  {
    name: 'go build',
    unit: 'ms',
    script: `rm -rf cache; ${GO} timed go build -o /load/primes .`,
    slowByEmulation: true,
  },
  { name: 'go run', unit: 'ms', script: `${GO} timed go run .`, slowByEmulation: true },
  { name: 'first touch of 64 MiB', unit: 'ms', script: 'timed firstTouch' },
  { name: '5,000 turns by pipes', unit: 'ms', script: 'timed pingPong' },
  { name: 'two threads', unit: 'ms', script: 'timed twoThreads' },
  { name: '100,000 getppid', unit: 'ms', script: 'timed getppid' },
  { name: '200 forks', unit: 'ms', script: 'timed forks' },
  {
    name: 'pgbench',
    unit: '/s',
    script: "cd /; runuser -u postgres -- pgbench -n -c 2 -j 2 -t 100 2> /dev/null | awk '/^tps/ { print $3 }'",
  },
  {
    name: 'redis-benchmark, get',
    unit: '/s',
    script: `redis-benchmark -n 5000 -c 20 -t get --csv | awk -F'"' '$2 == "GET" { print $4 }'`,
  },
  {
    name: 'nginx under ab',
    unit: '/s',
    script: "ab -q -n 1000 -c 10 http://127.0.0.1:8080/small | awk '/^Requests per second/ { print $4 }'",
  },
];
