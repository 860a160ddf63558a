/** `docker run --runtime runv`, with Debian's dockerd. */
import { startDocker } from '@runv/testkit';
import { describe } from 'vitest';
import { engineTests } from './engineTests.ts';

describe('docker', () => engineTests(startDocker));
