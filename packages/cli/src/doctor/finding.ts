/** One line of what `runv doctor` reports. */
export interface Finding {
  /** `missing`: containers cannot run without it; `note`: they can. */
  readonly level: 'ok' | 'note' | 'missing';
  readonly what: string;
  /** What was found, or how to get it. */
  readonly detail: string;
}
