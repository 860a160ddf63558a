#!/usr/bin/env node
// pnpm limits: writes docs/limits.md from the constants in the packages' `limits.ts`.
import { writeFile } from 'node:fs/promises';
import { LIMITS_PAGE, limitsPage } from './lib/limits.mjs';
import { inRoot } from './lib/paths.mjs';

await writeFile(inRoot(LIMITS_PAGE), await limitsPage());
