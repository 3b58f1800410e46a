import { openAsBlob } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../say.ts";
import type { Ask } from "../client.ts";
import type { DemoChannel } from "./stage.ts";

const POLL_MS = 200;

export interface ImportResult {
  rows: number;
  people: number;
  duplicates: number;
  rejected: number;
}

/** Sends the file as it is and waits until everybody in it is on a list, with the consent that its column gives. */
export async function importFile(
  ask: Ask,
  on: { file: string; region: string; channel: DemoChannel },
  show: (figures: string) => void,
): Promise<{ listId: string; result: ImportResult }> {
  const file = await openAsBlob(on.file, { type: "text/csv" });
  const column = await consentColumn(ask, file);
  const options = new URLSearchParams({
    file_name: "demo.csv",
    list_name: "Demo",
    default_region: on.region,
    consent: JSON.stringify({ channels: [on.channel], source: "demo file", ...(column && { column }) }),
  });
  let now = await ask(`POST /v1/imports?${options.toString()}`, file);
  while (["uploading", "queued", "running"].includes(now.state)) {
    await sleep(POLL_MS);
    now = await ask(`GET /v1/imports/${now.id}`);
    show(`${now.progress} % · ${now.counts.rows} rows`);
  }
  if (now.state !== "completed")
    throw new Failure(`The import is ${now.state}: ${now.error ?? "no reason given"}`);
  const { rows, people, duplicates, rejected } = now.counts;
  return { listId: now.list_id, result: { rows, people, duplicates, rejected } };
}

/**
 * The column that speaks of consent, whatever channel it is for: consent to WhatsApp would not count for SMS, which only
 * a demonstration to nobody may set aside.
 */
async function consentColumn(ask: Ask, file: Blob): Promise<string | undefined> {
  const { detected } = await ask("POST /v1/imports?dry_run=true", file);
  return detected.columns.find((one: { field: string }) => one.field === "consent")?.header;
}
