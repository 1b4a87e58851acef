// The container's health: has Temporal lately been asked for work by the worker that runs here?
// A process that is there but cut off, stopped or stuck does not ask. A worker asks anew at least once a minute.
const { hostname } = require('node:os');
const { connectClient } = require('../dist/temporal/connection.js');
const { TASK_QUEUE } = require('../dist/temporal/names.js');

const workflowTasks = 1;
const tooLongAgo = 2 * 60_000;

/** Names the SDK's own identity, `<pid>@<host name>`, of workers in this container. */
const isHere = ({ identity }) => identity?.endsWith(`@${hostname()}`);

async function main() {
  const client = await connectClient();
  try {
    const { pollers } = await client.workflowService.describeTaskQueue({
      namespace: client.options.namespace,
      taskQueue: { name: TASK_QUEUE },
      taskQueueType: workflowTasks,
    });
    const asked = (pollers ?? []).filter(isHere).map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000);
    if (Date.now() - Math.max(0, ...asked) > tooLongAgo) throw new Error(`no worker on ${hostname()} has asked ${TASK_QUEUE} for work in the last two minutes`);
  } finally {
    await client.connection.close();
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
