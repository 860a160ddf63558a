/**
 * The files of the log. Today there is one, which begins at position 0.
 *
 * Rotation and retention would be added here: all code below the public API accesses the file through a `Segment` and
 * converts positions to offsets by `offsetIn`. A log of several files would keep `events.log` as the newest, which
 * people look at, and name each older file by the position of its first event, as
 * `events.log.0000000000123456`. Each file begins where its predecessor ends. Deleting the oldest file moves the
 * log's beginning but changes no position.
 */
import path from 'node:path';
import type { Position } from './position.ts';

export interface Segment {
  /** The file's path. */
  readonly path: string;
  /** The position of its first byte. */
  readonly base: Position;
}

export function newestSegment(dir: string, file: string): Segment {
  return { path: path.join(dir, file), base: 0 as Position };
}

/** The byte offset of a position in the segment's file. */
export function offsetIn(segment: Segment, position: Position): number {
  return position - segment.base;
}

/** The position of a byte offset in the segment's file. */
export function positionIn(segment: Segment, offset: number): Position {
  return (segment.base + offset) as Position;
}
