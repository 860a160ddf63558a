/** CPU shares of cgroup version 1 as a weight of version 2, by the conversion that runc uses. */

/** Version 1 has 2 to 262144, version 2 has 1 to 10000. */
const SHARES = { least: 2, most: 262_144 };
const MOST_WEIGHT = 10_000;

export function cpuWeight(shares: number): number {
  const { least, most } = SHARES;
  const within = Math.min(Math.max(shares, least), most);
  return 1 + Math.floor(((within - least) * (MOST_WEIGHT - 1)) / (most - least));
}
