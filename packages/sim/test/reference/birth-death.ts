// The closed birth–death chain of a lock (Boyd-Wickizer et al., OLS 2012): `cpuCount` CPUs think for
// an exponential time and are served one at a time, at a rate that depends on how many are at the lock.

/** Units of work per second: think mean `thinkNs`, service mean `serviceNs(k)` with k CPUs at the lock. */
export function birthDeathThroughput(
  cpuCount: number,
  thinkNs: number,
  serviceNs: (atLock: number) => number,
): number {
  let weight = 1;
  let total = 1;
  let served = 0;
  for (let atLock = 1; atLock <= cpuCount; atLock++) {
    weight *= ((cpuCount - atLock + 1) / thinkNs) * serviceNs(atLock);
    total += weight;
    served += weight / serviceNs(atLock);
  }
  return (served / total) * 1e9;
}
