// Takes away what Temporal's core has for other systems than the one of an image: node scripts/keep-platform.mjs [amd64|arm64]
// Without the argument, which only BuildKit gives, it is this machine's own. Fails where that is not there, since nothing would run.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const targets = {
  amd64: 'x86_64-unknown-linux-gnu',
  x64: 'x86_64-unknown-linux-gnu',
  arm64: 'aarch64-unknown-linux-gnu',
};

const [, , given] = process.argv;
const architecture = given || process.arch;
const releases = 'node_modules/@temporalio/core-bridge/releases';
const platforms = readdirSync(releases);
const kept = targets[architecture];
if (!platforms.includes(kept))
  throw new Error(`Temporal's core has nothing for "${architecture}": ${platforms.join(', ')}`);
for (const platform of platforms) if (platform !== kept) rmSync(join(releases, platform), { recursive: true });
