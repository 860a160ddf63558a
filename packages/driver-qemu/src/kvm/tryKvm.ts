/** Boots a guest of a few instructions, which must end QEMU by isa-debug-exit within a second. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KvmVerdict } from './kvmVerdict.ts';
import { EXIT_STATUS, trialImage } from './trialImage.ts';

export interface Trial {
  readonly executable: string;
  /** `kvm`; the tests try the image itself under `tcg`. */
  readonly accelerator?: 'kvm' | 'tcg';
  readonly limitMs?: number;
}

export async function tryKvm({ executable, accelerator = 'kvm', limitMs = 1000 }: Trial): Promise<KvmVerdict> {
  const dir = await mkdtemp(join(tmpdir(), 'runv-kvm-'));
  try {
    const rom = join(dir, 'trial.rom');
    await writeFile(rom, trialImage());
    // Loaded here, because most starts find the verdict in the memory and need not pay for it.
    const { execa } = await import('execa');
    const result = await execa(executable, commandLine(accelerator, rom), {
      reject: false,
      stdin: 'ignore',
      timeout: limitMs,
      // A QEMU that hangs in the kernel's KVM does not always hear SIGTERM.
      killSignal: 'SIGKILL',
    });
    if (result.exitCode === EXIT_STATUS) return { works: true, reason: 'a trial guest ran and ended as it should' };
    if (result.timedOut)
      return {
        works: false,
        reason: `/dev/kvm opens, but a trial guest of a few instructions did not end within ${limitMs} ms`,
      };
    const said = result.stderr.trim().split('\n').at(-1) ?? '';
    return {
      works: false,
      reason: `/dev/kvm opens, but QEMU ended with ${result.signal ?? `status ${result.exitCode}`} on a trial guest: ${said}`,
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function commandLine(accelerator: 'kvm' | 'tcg', rom: string): string[] {
  return [
    ...['-machine', 'pc', '-accel', accelerator, ...(accelerator === 'kvm' ? ['-cpu', 'host'] : []), '-m', '2'],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-bios', rom],
    ...['-device', 'isa-debug-exit,iobase=0xf4,iosize=1'],
  ];
}
