import { expect, test } from 'vitest';
import { startProgram } from '../../src/base/program.ts';

test('a program gets its input, and its outputs and status are collected', async () => {
  const program = startProgram('sh', ['-c', 'cat; sleep 0.2; echo err >&2; exit 3']);
  program.send('hello');
  expect(await program.ended).toEqual({
    status: 3,
    stdout: 'hello',
    stderr: 'err\n',
    output: 'helloerr\n',
  });
});

test('of a long output the end is kept', async () => {
  const program = startProgram('sh', ['-c', 'seq 1 100000; echo the end'], { keep: 10 });
  program.send('');
  expect((await program.ended).stdout).toBe('0\nthe end\n');
});

test('one that reads nothing is not disturbed by more input than a pipe holds', async () => {
  const program = startProgram('true', []);
  program.send('x'.repeat(1 << 20));
  expect((await program.ended).status).toBe(0);
});

test('an abort kills it, and one that cannot be started says so', async () => {
  const abort = new AbortController();
  const program = startProgram('sleep', ['1000'], { signal: abort.signal });
  abort.abort();
  await expect(program.ended).rejects.toThrow('aborted');
  await expect(startProgram('/no/such', []).ended).rejects.toThrow('No such file or directory');
});
