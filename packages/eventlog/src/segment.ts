/**
 * The files that hold the log. Today there is one, and it begins at position 0.
 *
 * The seam for rotation and retention: everything below the public API meets the file through a `Segment` and turns a
 * position into an offset in it by `offsetIn`. A log of several files would keep the newest as `events.log`, so that
 * it stays the file people look at, and name each older one by the position of its first event, as
 * `events.log.0000000000123456`; the newest begins where the one before it ends. Dropping the oldest file moves the
 * log's beginning and changes no position.
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

/** Where in the segment's file a position is, in bytes. */
export function offsetIn(segment: Segment, position: Position): number {
  return position - segment.base;
}

/** The position of an offset in the segment's file. */
export function positionIn(segment: Segment, offset: number): Position {
  return (segment.base + offset) as Position;
}
