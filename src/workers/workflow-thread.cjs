// The thread of a worker that runs workflow code: the SDK's own, with two differences. Started by lean-worker.ts, which says why.
'use strict';
const { BaseVMWorkflow, globalHandlers } = require('@temporalio/worker/lib/workflow/vm-shared');

globalHandlers.setPromiseHook = () => undefined;

const { activate } = BaseVMWorkflow.prototype;
BaseVMWorkflow.prototype.activate = async function activateAndReport(activation) {
  const completion = await activate.call(this, activation);
  return { ...completion, sinkCalls: (await this.getAndResetSinkCalls()).map(sendable) };
};

/** Functions cannot be sent. */
function sendable(call) {
  const unsafe = { ...call.workflowInfo.unsafe };
  delete unsafe.now;
  delete unsafe.random;
  return { ...call, workflowInfo: { ...call.workflowInfo, unsafe } };
}

require('@temporalio/worker/lib/workflow/workflow-worker-thread');
