/**
 * The names of the log's files. `events.log` is the newest, which people look at. An older one is named by the position of its
 * first byte and by the one where its successor begins: `events.log.0000000000000000-0000000000016384`. So a file that
 * is cut or missing moves no position. The newest of these names says where `events.log` begins; one of no length says nothing else.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Position } from '../position.ts';

/** An older file of the log, as its name says. */
export interface Segment {
  readonly path: string;
  /** The position of its first byte. */
  readonly first: Position;
  /** Where the next file begins. */
  readonly next: Position;
}

/** As many as the largest position has. */
const DIGITS = 16;

/** @param active the path of `events.log` */
export function segmentOf(active: string, first: Position, next: Position): Segment {
  return { path: `${active}.${digits(first)}-${digits(next)}`, first, next };
}

function digits(position: Position): string {
  return String(position).padStart(DIGITS, '0');
}

/**
 * The older files, the oldest first. Of files that overlap only the first counts.
 *
 * @param active the path of `events.log`
 */
export async function listSegments(active: string): Promise<Segment[]> {
  const { dir, base } = path.parse(active);
  const found = (await readdir(dir || '.')).flatMap((name) => parseName(active, base, name));
  found.sort((a, b) => a.first - b.first || b.next - a.next);
  const kept: Segment[] = [];
  for (const one of found) if (one.first >= endOf(kept)) kept.push(one);
  return kept;
}

/** Where the file after these begins. */
export function endOf(segments: readonly Segment[]): Position {
  return segments.at(-1)?.next ?? (0 as Position);
}

function parseName(active: string, base: string, name: string): Segment[] {
  if (!name.startsWith(`${base}.`)) return [];
  const match = /^(\d{16})-(\d{16})$/.exec(name.slice(base.length + 1));
  const [first, next] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || first > next || !Number.isSafeInteger(next)) return [];
  return [segmentOf(active, first as Position, next as Position)];
}
