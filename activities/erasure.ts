import { heartbeat } from "@temporalio/activity";
import { openAlert, resolveAlert } from "../db/alerts.ts";
import { countBusy, eraseKeptAnswers, eraseRows } from "../db/erasureRows.ts";
import {
  closeErasure,
  countSids,
  listSids,
  nextSids,
  type ProviderCounts,
  type SidToErase,
  settleSid,
} from "../db/erasureSids.ts";
import { inTransaction } from "../db/connect.ts";
import { lockContact } from "../db/contacts.ts";
import {
  addRowCounts,
  countOlderImports,
  type Erasure,
  findErasure,
  findReturned,
  personOf,
  requestErasure,
} from "../db/erasures.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import { type ErasureInput, wakesOfErasure } from "../workflows/handles.ts";
import type { ActivityDeps } from "./deps.ts";

/** Where an erasure stands: counts only. */
export interface ErasureReport {
  /** What is at work with the person still, and is looked at again: messages in flight, older imports. */
  busy: number;
  provider: ProviderCounts;
}

const PAGE = 100;

export type ErasureDeps = Pick<
  ActivityDeps,
  "db" | "providers" | "addressKey" | "sealingKey" | "log" | "kick"
>;

export function erasureActivities(deps: ErasureDeps) {
  const { db } = deps;
  return {
    /** Empties what is here, then asks the provider to give up what it has. Repeatable. */
    async erasePerson(input: ErasureInput): Promise<ErasureReport> {
      const erasure = await findErasure(db, input.workspaceId, input.erasureId);
      if (erasure === undefined) return { busy: 0, provider: nothing };
      const busy = await eraseHere(deps, erasure);
      heartbeat();
      await listSids(db, erasure);
      await eraseAtProvider(deps, erasure);
      return { busy, provider: await countSids(db, erasure.id) };
    },

    /** Writes the certificate; where something is left, it says so and an alert asks for a hand. */
    async certifyErasure(input: ErasureInput & { left: number }): Promise<ErasureReport["provider"]> {
      const provider = await countSids(db, input.erasureId);
      const cause = `erasure:${input.erasureId}`;
      await closeErasure(db, input.erasureId, {
        state: input.left > 0 ? "incomplete" : "completed",
        provider,
      });
      if (input.left === 0) await resolveAlert(db, input.workspaceId, cause);
      else await openAlert(db, incomplete(input, cause));
      return provider;
    },
  };
}

const nothing: ProviderCounts = { erased: 0, absent: 0, remaining: 0 };

async function eraseHere(deps: ErasureDeps, erasure: Erasure): Promise<number> {
  const { db } = deps;
  const person = await personOf(db, deps.addressKey, erasure);
  // Before the rows: they have the addresses that the answers are searched for.
  await addRowCounts(db, erasure.id, await eraseKeptAnswers(db, deps.sealingKey, person));
  await addRowCounts(db, erasure.id, await eraseRows(db, person));
  await eraseReturned(deps, erasure);
  return (await countBusy(db, person)) + (await countOlderImports(db, erasure));
}

/** Whom an older file has brought back since: each has an erasure of its own. */
async function eraseReturned(deps: ErasureDeps, erasure: Erasure): Promise<void> {
  const { workspace_id: workspaceId, origin } = erasure;
  for (const id of await findReturned(deps.db, deps.addressKey, erasure)) {
    await inTransaction(deps.db, async (tx) => {
      const contact = await lockContact(tx, workspaceId, id);
      if (contact === undefined) return;
      const on = {
        addressKey: deps.addressKey,
        workspaceId,
        origin: origin as "erase" | "delete",
        requestedBy: null,
      };
      await oweWake(tx, wakesOfErasure(await requestErasure(tx, on, contact)));
    });
    deps.kick();
  }
}

async function eraseAtProvider(deps: ErasureDeps, erasure: Erasure): Promise<void> {
  for (let after = ""; ; ) {
    const page = await nextSids(deps.db, erasure.id, after, PAGE);
    for (const one of page) {
      await eraseOne(deps, erasure, one);
      heartbeat();
    }
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.sid;
  }
}

/** One that cannot be asked for now stays on the list; the others must not wait for it. */
async function eraseOne(deps: ErasureDeps, erasure: Erasure, one: SidToErase): Promise<void> {
  try {
    const provider = await deps.providers.forAccount(erasure.workspace_id, one.provider_account_id);
    const end = await provider.erase(one.sid);
    if (end !== "later") await settleSid(deps.db, erasure.id, one.sid, end);
  } catch (error) {
    deps.log.warn(
      { erasure_id: erasure.id, why: (error as Error).message },
      "the provider did not erase a message",
    );
  }
}

const incomplete = (input: ErasureInput & { left: number }, cause: string) => ({
  workspace_id: input.workspaceId,
  alert_type: "erasure_incomplete",
  severity: "high",
  cause,
  subject_kind: "erasure",
  subject_id: input.erasureId,
  metric_value: input.left,
  suggestion:
    "Settle messages in doubt and check the provider account, then ask for the erasure again: POST /v1/contacts/{id}/erase.",
});
