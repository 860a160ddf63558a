#!/usr/bin/env node
// pnpm codes: writes the protocols' numbers, from proto/codes.json, into the sources of both sides.
import { writeFile } from 'node:fs/promises';
import { inRoot } from './lib/paths.mjs';
import { codeFiles } from './lib/protocolCodes.mjs';

for (const { path, text } of await codeFiles()) await writeFile(inRoot(path), text);
