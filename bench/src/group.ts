/** Figures that are measured together, and can be asked for by a name. */
import type { Bundles } from '@runv/testkit';
import type { Figure } from './figure.ts';

export interface Setting {
  readonly bundles: Bundles;
  /** Only whether there is a figure counts. */
  readonly short: boolean;
}

export type Group = (setting: Setting) => Promise<Figure[]>;
