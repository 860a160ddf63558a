/** Which pod has a network namespace: the packets of its interfaces reach one VM. */
import { SupervisorError } from '../base/errors.ts';

export interface Claimant {
  /** The pod's id. */
  readonly pod: string;
  /** Whether the pod is about to give the namespace up. */
  readonly ends: () => boolean;
  /** Resolves when it has. */
  readonly closed: Promise<void>;
}

/** By identity. Of this process, as the namespaces are those of its host. */
const claimants = new Map<string, Claimant>();

/**
 * Waits for a pod that ends.
 *
 * @param identity as `identityOf` has it
 * @param netns its path, for the error
 * @throws SupervisorError `FAILED_PRECONDITION` where it is another pod's
 */
export async function claimNamespace(identity: string, netns: string, claimant: Claimant): Promise<void> {
  for (let other = claimants.get(identity); other; other = claimants.get(identity)) {
    if (!other.ends())
      throw new SupervisorError(
        'FAILED_PRECONDITION',
        `${netns} is the network namespace of pod ${other.pod} already, and can be that of one VM: join that pod, or use another namespace`,
      );
    await other.closed;
  }
  claimants.set(identity, claimant);
  void claimant.closed.then(() => claimants.delete(identity));
}
