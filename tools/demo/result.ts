import type { ImportResult } from "./importFile.ts";
import type { Ledger, Tables } from "./judge.ts";

/** What `npm run demo -- --json` prints. */
export interface DemoResult {
  import: ImportResult;
  campaign: Omit<Tables, "opted_out" | "senders_used"> & { id: string; state: string };
  ledger: Ledger;
  opted_out: number;
  senders_used: number;
  history_events: number;
  seconds: number;
}

export function resultOf(parts: {
  file: ImportResult;
  campaign: { id: string; state: string };
  tables: Tables;
  ledger: Ledger;
  history_events: number;
  seconds: number;
}): DemoResult {
  const { opted_out, senders_used, ...counts } = parts.tables;
  return {
    import: parts.file,
    campaign: { ...parts.campaign, ...counts },
    ledger: parts.ledger,
    opted_out,
    senders_used,
    history_events: parts.history_events,
    seconds: parts.seconds,
  };
}
