import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "@temporalio/client";
import { searchAttributes } from "../../workflows/handles.ts";

/** INDEXED_VALUE_TYPE_KEYWORD of Temporal's API. */
const keyword = 2;

const names = Object.values(searchAttributes).map((key) => key.name);

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
