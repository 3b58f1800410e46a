import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "@temporalio/client";
import { msToTs } from "@temporalio/common/lib/time.js";
import { searchAttributes } from "../../workflows/handles.ts";

/** INDEXED_VALUE_TYPE_KEYWORD of Temporal's API. */
const keyword = 2;

const names = Object.values(searchAttributes).map((key) => key.name);

/** How long a finished workflow can be looked at. */
const retention = "30 days";
/** NOT_FOUND of gRPC. */
const notFound = 5;

/** Makes the namespace where a server of one's own does not have it yet. */
export async function prepareNamespace(connection: Connection, namespace: string): Promise<void> {
  try {
    await connection.workflowService.describeNamespace({ namespace });
  } catch (error) {
    if ((error as { code?: number }).code !== notFound) throw error;
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs(retention),
    });
  }
}

/**
 * Registers the search attributes as Keyword where they are missing and waits until queries may use them.
 * Repeatable. On Temporal Cloud they are made with its own tool instead (docs/operations.md).
 */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = names.filter((name) => !(name in customAttributes));
  if (missing.length > 0) {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, keyword])),
    });
  }
  const query = names.map((name) => `${name} = ''`).join(" or ");
  const deadline = performance.now() + 60_000;
  for (;;) {
    try {
      await connection.workflowService.countWorkflowExecutions({ namespace, query });
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(100);
    }
  }
}
