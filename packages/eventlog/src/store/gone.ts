/** Says that bytes of the log are not there: retired, cut off, or not to be read. A reader goes on behind them. */
import type { Position } from '../position.ts';

export class Gone extends Error {
  override readonly name = 'Gone';
  /** Of the first byte that is not there. */
  readonly position: Position;

  constructor(position: Position, cause?: unknown) {
    super(`nothing can be read at position ${position}`, { cause });
    this.position = position;
  }
}
