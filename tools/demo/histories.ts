import { setTimeout as sleep } from "node:timers/promises";
import { Client, Connection } from "@temporalio/client";
import { loadClientConnectConfig } from "@temporalio/envconfig";

const LISTED_MS = 10_000;

/**
 * Events in the histories of a workspace's campaign and senders, all their runs together.
 * @param workflows how many there must be: lists of workflows lag a little behind
 */
export async function countHistoryEvents(
  address: string,
  workspaceId: string,
  workflows: number,
): Promise<number> {
  const { connectionOptions, namespace = "default" } = loadClientConnectConfig();
  const connection = await Connection.connect({ ...connectionOptions, address });
  try {
    const client = new Client({ connection, namespace });
    const query = `WorkspaceId = '${workspaceId}' and WorkflowType in ('campaignWorkflow', 'senderWorkflow')`;
    const deadline = performance.now() + LISTED_MS;
    while ((await client.workflow.count(query)).count < workflows && performance.now() < deadline)
      await sleep(200);
    let events = 0;
    for await (const { workflowId, runId } of client.workflow.list({ query }))
      events += (await client.workflow.getHandle(workflowId, runId).describe()).historyLength;
    return events;
  } finally {
    await connection.close();
  }
}
