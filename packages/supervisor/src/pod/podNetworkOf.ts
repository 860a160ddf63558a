/** The network of a pod, which is recorded with the pod. */
import type { Logger } from 'pino';
import { PodNetwork, type PodNetworkOptions } from '../network/podNetwork.ts';
import type { RecordedNetwork } from '../state/podRecord.ts';
import type { Pod } from './pod.ts';

export type JoinedNetwork = Pick<
  PodNetworkOptions,
  'netns' | 'filled' | 'interfaceExpected' | 'resolvConf' | 'loopback'
>;

/** @param recorded as `PodNetwork` has it */
export function podNetworkOf(pod: Pod, joined: JoinedNetwork, logger: Logger, recorded?: RecordedNetwork): PodNetwork {
  const onError = (error: unknown) =>
    logger.warn({ err: error, pod: pod.id }, 'a change of the network did not reach the pod');
  // A record that cannot be written is missed only by a later daemon.
  const onChange = () => void pod.record().catch(() => {});
  const claimant = { pod: pod.id, ends: () => pod.terminating };
  return new PodNetwork(pod.vm, { ...joined, ...claimant, onError, onChange }, recorded);
}
