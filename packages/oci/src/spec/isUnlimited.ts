/** Numbers that mean "no limit". */

/**
 * Whether a limit of a spec is none: -1, or one from 2^63 on, as RLIM_INFINITY (2^64 - 1) is. Such a number is beyond
 * what JavaScript holds exactly, so it is not to be written out again as it was read.
 *
 * @example
 * isUnlimited(18446744073709551615) // true
 */
export function isUnlimited(limit: number): boolean {
  return limit < 0 || limit >= 2 ** 63;
}
