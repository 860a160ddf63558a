/** Counts how creates and starts go. */
import type { StartOutcome, Tally } from '../base/measures.ts';
import { toSupervisorError } from '../base/toSupervisorError.ts';

/** Settles as `work` does. */
export async function countStart<T>(tally: Tally<StartOutcome>, work: Promise<T>): Promise<T> {
  try {
    const result = await work;
    tally.add('ok');
    return result;
  } catch (error) {
    tally.add(toSupervisorError(error).code);
    throw error;
  }
}
