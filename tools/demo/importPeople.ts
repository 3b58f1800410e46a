import { setTimeout as sleep } from "node:timers/promises";
import type { Ask } from "../client.ts";
import { Failure } from "../say.ts";

/** Imports so many Colombian mobiles from `first` on, each with a name and a yes to WhatsApp; gives their list. */
export async function importPeople(ask: Ask, list: string, first: number, count: number): Promise<string> {
  const rows = Array.from({ length: count }, (_, i) => `Persona ${i},+57${first + i},si`);
  const file = new Blob([["nombre,telefono,acepta", ...rows].join("\n")], { type: "text/csv" });
  const options = new URLSearchParams({
    file_name: `${list}.csv`,
    list_name: list,
    default_region: "CO",
    consent: JSON.stringify({ channels: ["whatsapp"], source: "demo", column: "acepta" }),
  });
  let now = await ask(`POST /v1/imports?${options.toString()}`, file);
  while (["uploading", "queued", "running"].includes(now.state)) {
    await sleep(100);
    now = await ask(`GET /v1/imports/${now.id}`);
  }
  if (now.state !== "completed") throw new Failure(`The import is ${now.state}: ${now.error ?? "no reason"}`);
  return now.list_id as string;
}
