import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { endProcesses } from '../../src/index.ts';

test('ends what listens on a socket of the directory, and no editor of a file in it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'runv-ends-'));
  await writeFile(join(dir, 'console.log'), '');
  const listens = `require('net').createServer().listen(process.argv[1], () => console.log('here'))`;
  const hypervisor = spawn(process.execPath, ['-e', listens, join(dir, 'qmp.sock')], { stdio: 'pipe' });
  const editor = spawn('tail', ['-f', join(dir, 'console.log')], { stdio: 'pipe' });
  try {
    await once(hypervisor.stdout, 'data');
    const ended = once(hypervisor, 'exit');
    await endProcesses(dir);
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect([editor.exitCode, editor.signalCode]).toEqual([null, null]);
  } finally {
    hypervisor.kill('SIGKILL');
    const ended = once(editor, 'exit');
    editor.kill('SIGKILL');
    await ended;
    await rm(dir, { recursive: true });
  }
});

test('ends what has the directory mounted in a namespace of its own, whatever it calls itself', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'runv-ends-'));
  const script = 'mount --bind "$0" "$0" && echo here; exec -a nobody sleep 1000';
  const jailed = spawn('unshare', ['--mount', 'bash', '-c', script, dir], { stdio: 'pipe' });
  try {
    await once(jailed.stdout, 'data');
    const ended = once(jailed, 'exit');
    await endProcesses(dir);
    expect(await ended).toEqual([null, 'SIGKILL']);
  } finally {
    jailed.kill('SIGKILL');
    await rm(dir, { recursive: true });
  }
});
