/** `<vm-dir>/pod.json`: what a daemon that comes later has to know of a pod, beside its containers' records. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { replaceFile } from './replaceFile.ts';

const NAME = 'pod.json';

const Connection = z.object({
  /** The interface in the namespace. */
  index: z.int(),
  name: z.string(),
  mtu: z.int(),
  tap: z.string(),
  /** The MAC address by which the guest finds the device. */
  device: z.string(),
});

const Network = z.object({
  /** A path of the namespace, and what tells it from another one that is there later. */
  netns: z.string(),
  identity: z.string(),
  resolvConf: z.optional(z.string()),
  loopback: z.optional(z.boolean()),
  connections: z.array(Connection),
  /** What the guest was told: the interface of each device, and the routes, as JSON. */
  told: z.record(z.string(), z.string()),
  toldRoutes: z.string(),
});

const Record = z.object({
  id: z.string(),
  /** What the guest proves by that it talks to the host that has come. */
  token: z.string(),
  /** What was agreed with the guest. */
  guest: z.unknown(),
  /** How many daemons the pod has had before this one. */
  generation: z.int(),
  cgroups: z.array(z.string()),
  network: z.optional(Network),
});

export type PodRecord = Readonly<z.infer<typeof Record>>;
export type RecordedNetwork = Readonly<z.infer<typeof Network>>;

/** Replaces it as a whole. Not synced: a VM does not survive a power cut. */
export function writePodRecord(dir: string, record: PodRecord): Promise<void> {
  return replaceFile(join(dir, NAME), JSON.stringify(record));
}

/** @throws Error when there is none, or none that can be read */
export async function readPodRecord(dir: string): Promise<PodRecord> {
  return Record.parse(JSON.parse(await readFile(join(dir, NAME), 'utf8')));
}
