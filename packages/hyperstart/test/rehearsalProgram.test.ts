import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rehearsalProgram } from '../src/index.ts';

test('the rehearsal writes itself to stdout and a byte to stderr, and exits with 0', () => {
  const dir = mkdtempSync(join(tmpdir(), 'rehearsal-'));
  try {
    const path = join(dir, 'true');
    writeFileSync(path, rehearsalProgram, { mode: 0o755 });
    const { status, stdout, stderr } = spawnSync(path);
    expect({ status, stderr }).toEqual({ status: 0, stderr: Buffer.from([0x7f]) });
    expect(stdout.equals(rehearsalProgram)).toBe(true);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
