import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import { text } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
import { gunzipSync, gzipSync } from 'node:zlib';

const block = Buffer.alloc(1024 * 1024, 'runv');
console.log('digest', createHash('sha256').update(block).digest('hex'));
console.log('compressed and back', gunzipSync(gzipSync(block)).equals(block));

const sum = 'let sum = 0; for (let i = 1; i <= 1e6; i += 1) sum += i; parentPort.postMessage(sum);';
const worker = new Worker(`const { parentPort } = require('node:worker_threads'); ${sum}`, { eval: true });
const [total] = await once(worker, 'message');
console.log('sum of a worker', total);

console.log('a child', execFileSync('sh', ['-c', 'echo $((6 * 7))'], { encoding: 'utf8' }).trim());

const server = createServer((request, response) => response.end(`you asked for ${request.url}`));
await once(server.listen(0, '127.0.0.1'), 'listening');
const answers = ['/a', '/b', '/c'].map(async (path) => {
  const [response] = await once(
    get({ host: '127.0.0.1', port: server.address().port, path, agent: false }),
    'response',
  );
  return text(response);
});
for (const answer of await Promise.all(answers)) console.log(answer);
server.close();
