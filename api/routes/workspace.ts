import { z } from "@hono/zod-openapi";
import { getCountries } from "libphonenumber-js/max";
import type { Tx } from "../../db/connect.ts";
import { findSegment } from "../../db/segments.ts";
import { sendersToWake } from "../../db/senders.ts";
import { oweWake } from "../../db/temporalOutbox.ts";
import { findWorkspace, lockWorkspace, setSendingStopped, updateWorkspace } from "../../db/workspaces.ts";
import { DomainError } from "../../domain/errors.ts";
import { parseRegion } from "../../domain/phone.ts";
import {
  Settings as AllSettings,
  SettingsChange as AnySetting,
  mergeSettings,
  settingsOf,
} from "../../domain/settings.ts";
import { wakeSender } from "../../workflows/handles.ts";
import type { Routes } from "../route.ts";
import { Id, Timestamp, text } from "../schemas.ts";

const example = {
  name: "Artek Mar",
  time_zone: "America/Bogota",
  currency: "COP",
  default_region: "CO",
  test_mode: false,
  settings: { caps: { per_day: 2 } },
};

const zones = new Set(Intl.supportedValuesOf("timeZone").concat("UTC"));
const currencies = new Set(Intl.supportedValuesOf("currency"));

// Clones: a schema made before the OpenAPI library was loaded does not know how to describe itself.
const Settings = AllSettings.clone().openapi("Settings", {
  description: "With the defaults where nothing was set.",
});
const SettingsChange = AnySetting.clone().openapi("SettingsChange", { example: { caps: { per_day: 2 } } });

const TimeZone = z
  .string()
  .refine((zone) => zones.has(zone), "must be an IANA time zone, such as America/Bogota")
  .openapi({ enum: [...zones] });
const Currency = z
  .string()
  .refine((currency) => currencies.has(currency), "must be an ISO 4217 code, such as COP")
  .openapi({ enum: [...currencies] });
const Region = z
  .string()
  .refine((region) => parseRegion(region) === region, "must be a country in two letters, such as CO")
  .openapi({ enum: getCountries(), description: "Country that national phone numbers are read in." });

const Workspace = z
  .object({
    id: Id,
    name: z.string(),
    time_zone: z.string(),
    currency: z.string(),
    default_region: z.string(),
    test_mode: z.boolean().openapi({ description: "Reaches only addresses on the test allowlist." }),
    sending_stopped_at: Timestamp.nullable().openapi({ description: "Since when the stop switch holds." }),
    settings: Settings,
    created_at: Timestamp,
  })
  .openapi("Workspace");

const WorkspaceChange = z
  .strictObject({
    name: text(200).optional(),
    time_zone: TimeZone.optional(),
    currency: Currency.optional(),
    default_region: Region.optional(),
    test_mode: z.boolean().optional(),
    settings: SettingsChange.optional(),
  })
  .openapi("WorkspaceChange", { example });

/** The workspace of the key: what it is, its settings and its stop switch. */
export const workspaceRoutes: Routes = ({ route }) => {
  const tag = "Workspace";

  route(
    {
      operationId: "getWorkspace",
      method: "get",
      path: "/v1/workspace",
      tag,
      summary: "Show the workspace",
      answer: Workspace,
    },
    async ({ tx, auth }) => present(await findWorkspace(tx, auth.workspaceId)),
  );

  route(
    {
      operationId: "updateWorkspace",
      method: "patch",
      path: "/v1/workspace",
      tag,
      summary: "Change the workspace",
      body: WorkspaceChange,
      answer: Workspace,
    },
    async ({ tx, auth, body, audit }) => {
      const before = await lockWorkspace(tx, auth.workspaceId);
      const settings = body.settings && mergeSettings(before?.settings, body.settings);
      await needSegments(tx, auth.workspaceId, body.settings?.conversations?.segment_tones ?? []);
      audit({ change: body });
      return present(await updateWorkspace(tx, auth.workspaceId, { ...body, settings }));
    },
  );

  for (const [operationId, path, summary, stopped] of [
    ["stopSending", "/v1/workspace/stop-sending", "Stop all sending of the workspace at once", true],
    ["resumeSending", "/v1/workspace/resume-sending", "Let the workspace send again", false],
  ] as const) {
    route({ operationId, method: "post", path, tag, summary, answer: Workspace }, async ({ tx, auth }) => {
      const workspace = await setSendingStopped(tx, auth.workspaceId, stopped);
      if (!stopped) await oweWake(tx, (await sendersToWake(tx, auth.workspaceId)).map(wakeSender));
      return present(workspace);
    });
  }
};

async function needSegments(tx: Tx, workspaceId: string, tones: readonly { segment_id: string }[]) {
  for (const [at, { segment_id }] of tones.entries())
    if (!(await findSegment(tx, workspaceId, segment_id)))
      throw new DomainError("validation", "There is no such segment.", {
        field: `settings.conversations.segment_tones[${at}].segment_id`,
        fix: "GET /v1/segments lists them.",
      });
}

function present<Row extends { settings: unknown }>(row: Row | undefined) {
  if (!row) throw new DomainError("not_found", "The workspace is gone.");
  return { ...row, settings: settingsOf(row.settings) };
}
