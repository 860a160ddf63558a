/** `vm.json`: what a VM is, in its directory, for whoever takes it over from the process that started it. */
import { renameSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { FactoryError } from '../errors.ts';

const count = z.int().check(z.positive());

const VmRecord = z.object({
  /** The driver's name. */
  driver: z.string(),
  id: z.string(),
  boot: z.object({
    cpus: count,
    memoryMiB: count,
    mostMemoryMiB: z.optional(count),
    hotAddCpuMem: z.boolean(),
    kernel: z.string(),
    initrd: z.string(),
    kernelParameters: z.array(z.string()),
  }),
  channels: z.array(z.string()),
  guest: z.enum(['booting', 'ready']),
  /** Of a clone, as `FactoryVm.note`. */
  note: z.optional(z.unknown()),
});

export type VmRecord = z.infer<typeof VmRecord>;

/** Whole or not at all. In one go, because each turn of the event loop costs a start more than the two calls do. */
export function writeVmRecord(dir: string, record: VmRecord): void {
  const path = join(dir, NAME);
  const next = `${path}.new`;
  writeFileSync(next, `${JSON.stringify(record)}\n`, { mode: 0o600 });
  renameSync(next, path);
}

/** @throws FactoryError `NO_RECORD` */
export async function readVmRecord(dir: string): Promise<VmRecord> {
  const path = join(dir, NAME);
  try {
    return VmRecord.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    const why = error instanceof z.core.$ZodError ? z.prettifyError(error) : String(error);
    throw new FactoryError('NO_RECORD', `what VM is in ${dir} cannot be known from ${path}: ${why}`, { cause: error });
  }
}

const NAME = 'vm.json';
