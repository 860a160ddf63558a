/** The samples of every row in every column, a round of all after another, so that what else the machine does meets all alike. */
import { progress } from '../progress.ts';
import { within } from '../timeLimit.ts';
import type { Column } from './column.ts';
import type { Row } from './rows.ts';

export class Samples {
  readonly #samples = new Map<string, number[]>();

  of({ name }: Row, column: string): readonly number[] {
    return this.#samples.get(`${name}: ${column}`) ?? [];
  }

  add(row: Row, column: string, sample: number): void {
    this.#samples.set(`${row.name}: ${column}`, [...this.of(row, column), sample]);
  }
}

/** @param roundsOf a column with one round is not warmed up: it is too slow for that */
export async function sampleRows(
  rows: readonly Row[],
  columns: readonly Column[],
  roundsOf: (column: Column) => number,
): Promise<Samples> {
  const samples = new Samples();
  const rounds = Math.max(...columns.map(roundsOf));
  const first = rounds === 1 ? 1 : 0;
  for (let round = first; round <= rounds; round += 1) {
    for (const row of rows) {
      progress(`${round === 0 ? 'warming up' : `${round} of ${rounds}`}, ${row.name}`);
      for (const column of inTurn(columns, round)) {
        const few = roundsOf(column) < rounds;
        if (few && (round === 0 || round > roundsOf(column) || row.slowByEmulation)) continue;
        const sample = await sampleOf(row, column);
        if (round > 0) samples.add(row, column.name, sample);
      }
    }
  }
  return samples;
}

/** Another one is first in each round, because what a column leaves undone meets the next. */
function inTurn(columns: readonly Column[], round: number): readonly Column[] {
  const first = round % columns.length;
  return [...columns.slice(first), ...columns.slice(0, first)];
}

async function sampleOf({ name, script }: Row, column: Column): Promise<number> {
  const said = (await within(`${name} in ${column.name}`, column.sh(`cd /load; ${script}`))).trim();
  const sample = Number(said);
  if (said === '' || !(sample > 0)) throw new Error(`${name} in ${column.name} said ${JSON.stringify(said)}`);
  return sample;
}
