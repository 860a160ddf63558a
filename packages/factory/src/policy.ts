/** A policy: which VMs a factory keeps, as JSON that people write. */
import * as z from 'zod/mini';
import { FactoryError } from './errors.ts';
import type { FactoryConfig } from './factoryConfig.ts';

function whole(least: number, most: number) {
  const words = `it is a whole number from ${least} to ${most}`;
  return z.int(words).check(z.gte(least, words), z.lte(most, words));
}

const Policy = z
  .array(
    z.strictObject({
      /** CPUs of each VM. */
      cpu: whole(1, 255),
      /** Its memory in MiB. */
      memory: whole(32, 1 << 20),
      /** The size of the warm pool. */
      cache: z.optional(whole(0, 1000)),
      /** Whether they are clones of a template. */
      template: z._default(z.boolean('it is true or false'), false),
    }),
  )
  .check(z.minLength(1, 'it has no size'));

const EXAMPLE = '[{"cpu":1,"memory":128,"cache":4,"template":true}]';

/**
 * @param policy JSON text, or what it says
 * @throws FactoryError `INVALID`, naming the place and the value
 * @example parsePolicy('[{"cpu":1,"memory":128,"cache":4,"template":true}]')
 */
export function parsePolicy(policy: unknown): FactoryConfig[] {
  const result = Policy.safeParse(typeof policy === 'string' ? parseJson(policy) : policy);
  if (!result.success) throw invalid(describe(result.error.issues[0]));
  const configs = result.data.map(({ cpu, memory, ...rest }) => ({ cpus: cpu, memoryMiB: memory, ...rest }));
  const sizes = configs.map(({ cpus, memoryMiB }) => `${cpus} CPUs and ${memoryMiB} MiB`);
  const twice = sizes.find((size, index) => sizes.indexOf(size) !== index);
  if (twice) throw invalid(`it has ${twice} twice`);
  return configs;
}

function describe(issue: z.core.$ZodIssue | undefined): string {
  const path = issue?.path ?? [];
  const place = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  const unknown = issue?.code === 'unrecognized_keys' ? `there is no ${issue.keys.join(', ')}` : undefined;
  return `at policy${place}: ${unknown ?? issue?.message}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(`${text.slice(0, 100)}: ${(error as Error).message}`);
  }
}

function invalid(why: string): FactoryError {
  return new FactoryError('INVALID', `the factory's policy cannot be used, ${why}; one looks like ${EXAMPLE}`);
}
