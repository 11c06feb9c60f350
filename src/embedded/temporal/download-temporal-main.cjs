'use strict';
/*
 * Downloads Temporal's dev server into the folder of its first argument. The SDK can only download and start in one, so the server is
 * started once and stopped. A process of its own, because the SDK's native runtime can be set up only once a process.
 */
const { TestWorkflowEnvironment } = require('@temporalio/testing');

const [, , downloadDir] = process.argv;
TestWorkflowEnvironment.createLocal({ server: { executable: { type: 'cached-download', downloadDir } } })
  .then((environment) => environment.teardown())
  .catch((error) => {
    process.stdout.write(`\nreason: ${error.message}${error.cause ? `: ${error.cause.message}` : ''}\n`);
    process.exitCode = 1;
  });
