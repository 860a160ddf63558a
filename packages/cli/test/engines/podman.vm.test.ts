/** `podman --runtime runv run`, with Debian's podman. */
import { startPodman } from '@runv/testkit';
import { describe } from 'vitest';
import { engineTests } from './engineTests.ts';

describe('podman', () => engineTests(startPodman));
