/** Recognizes numbers that mean "no limit". */

/**
 * Whether a limit of a spec means unlimited: -1, or at least 2^63, such as RLIM_INFINITY (2^64 - 1). JavaScript cannot
 * represent such numbers exactly, so they must not be written out as they were read.
 *
 * @example
 * isUnlimited(18446744073709551615) // true
 */
export function isUnlimited(limit: number): boolean {
  return limit < 0 || limit >= 2 ** 63;
}
