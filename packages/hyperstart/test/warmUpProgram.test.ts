import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { warmUpProgram } from '../src/index.ts';

test('the warm-up program writes itself to stdout and a byte to stderr, and exits with 0', () => {
  const dir = mkdtempSync(join(tmpdir(), 'warm-up-'));
  try {
    const path = join(dir, 'true');
    writeFileSync(path, warmUpProgram, { mode: 0o755 });
    const { status, stdout, stderr } = spawnSync(path);
    expect({ status, stderr }).toEqual({ status: 0, stderr: Buffer.from([0x7f]) });
    expect(stdout.equals(warmUpProgram)).toBe(true);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
