/** Metrics that are measured together, and can be asked for by a name. */
import type { Bundles } from '@runv/testkit';
import type { Metric } from './metric.ts';

export interface Setting {
  readonly bundles: Bundles;
  /** Only whether there is a metric counts. */
  readonly short: boolean;
}

export type Group = (setting: Setting) => Promise<Metric[]>;
