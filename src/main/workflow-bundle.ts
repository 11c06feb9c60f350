import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import type { WorkflowBundleOption, WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { PayloadEncryption } from './payload-encryption';

/** The bundle of a build whose workflows encrypt messages of failures, and of one whose do not: what converts failures is part of the code. */
export const bundleFiles = { plain: 'workflow-bundle.js', encrypting: 'workflow-bundle-encrypting.js' } as const;
export type BundleKind = keyof typeof bundleFiles;

/** Bundles the workflow code; takes seconds, so it is done when the program is built. */
export function bundleWorkflows(kind: BundleKind): Promise<WorkflowBundleWithSourceMap> {
  return bundleWorkflowCode({
    workflowsPath: require.resolve('../workflows'),
    ...(kind === 'encrypting' && { failureConverterPath: require.resolve('./failure-converter') }),
    logger: new DefaultLogger('WARN'),
  });
}

/** The bundle that the build made, or one made now. */
export async function workflowBundle(encryption: PayloadEncryption): Promise<WorkflowBundleOption> {
  const kind = encryption === 'off' ? 'plain' : 'encrypting';
  const codePath = join(__dirname, '..', bundleFiles[kind]);
  return existsSync(codePath) ? { codePath } : bundleWorkflows(kind);
}
