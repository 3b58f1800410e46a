import { z } from "zod";
import { CHANNELS } from "./address.ts";
import { DEFAULT_VOICE_SETTINGS, VoiceSettings, VoiceSettingsChange } from "./callSettings.ts";
import {
  ConversationSettings,
  ConversationSettingsChange,
  DEFAULT_CONVERSATION_SETTINGS,
} from "./conversationSettings.ts";
import { DEFAULT_SEND_RULES, type SendRules } from "./decide.ts";
import { DEFAULT_EMAIL_SETTINGS, EmailSettings } from "./email/settings.ts";
import { DEFAULT_LANGUAGE_SETTINGS, LanguageSettings, LanguageSettingsChange } from "./languageSettings.ts";
import { DEFAULT_LEAD_SCORE_SETTINGS, LeadScoreSettings } from "./leadQuality.ts";
import { DEFAULT_MAX_PER_DAY, DEFAULT_MAX_PER_HOUR, HUMAN_GAP_MS } from "./pace.ts";
import type { Week } from "./quietHours.ts";
import { MAX_RETRIES } from "./retry.ts";
import { HIGHEST_RUNG, LONGEST_LADDER, WARMUP_LADDER } from "./warmup.ts";

const Window = z
  .array(z.int().min(0).max(1440))
  .min(2)
  .max(2)
  .refine(([from = 0, to = 0]) => from < to, "must end after it begins")
  .nullable()
  .describe("[from, to] in minutes of the local day; null: the whole day is quiet.");

const QuietHours = z.strictObject({
  enabled: z.boolean(),
  week: z.array(Window).min(7).max(7).describe("Monday first; for places without a law of their own."),
  channels: z.array(z.enum(CHANNELS)).max(CHANNELS.length),
  laws_off: z
    .boolean()
    .describe(
      "Leaves the laws of a place aside as well. Heeded in test mode only, where nobody else is reached.",
    ),
});

const Caps = z.strictObject({
  per_day: z
    .int()
    .min(1)
    .max(1000)
    .nullable()
    .describe("Marketing messages per person and local day; null: no cap."),
  per_week: z.int().min(1).max(7000).nullable().describe("The same per local week, from Monday."),
});

/** Messages of each day of a warmup. */
const WarmupLadder = z
  .array(z.int().min(1).max(HIGHEST_RUNG))
  .min(1)
  .max(LONGEST_LADDER)
  .describe("Messages a day while a sender warms up, from its first day on.");
const WarmupDaySeconds = z
  .int()
  .min(1)
  .max(86_400)
  .nullable()
  .describe(
    "For trials: how long a day of a warmup lasts. Heeded in test mode only; null: the workspace's day.",
  );

const SenderDefaults = z.strictObject({
  max_per_hour: z.int().min(1).max(1_000_000),
  max_per_day: z.int().min(1).max(10_000_000),
  gap_ms: z
    .array(z.int().min(0).max(600_000))
    .min(2)
    .max(2)
    .refine(([min = 0, max = 0]) => min <= max, "must not end below its start")
    .describe("Random pause between two messages of a WhatsApp number, milliseconds."),
  warmup: z.boolean().describe("Whether a new sender starts with a warmup."),
  warmup_ladder: WarmupLadder,
  warmup_day_seconds: WarmupDaySeconds,
});

const Retry = z.strictObject({
  max: z.int().min(0).max(MAX_RETRIES).describe("Retries of a refusal that can pass, after 2, 4, 8 minutes."),
});

/** All settings of a workspace. */
export const Settings = z.strictObject({
  require_opt_in: z.boolean().describe("Marketing goes only to those who opted in on the channel."),
  caps: Caps,
  quiet_hours: QuietHours,
  retry: Retry,
  expires_after_days: z
    .int()
    .min(1)
    .max(90)
    .describe("How long a campaign's messages wait for a lawful moment."),
  retention_days: z
    .int()
    .min(1)
    .max(3650)
    .describe("How long texts, media, transcripts and webhooks are kept; states, reasons and times stay."),
  sender_defaults: SenderDefaults,
  conversations: ConversationSettings,
  voice: VoiceSettings,
  email: EmailSettings,
  language: LanguageSettings,
  lead_scores: LeadScoreSettings,
});
export type Settings = z.infer<typeof Settings>;

/** What a client sends, and what workspaces.settings keeps: only what differs from the defaults. */
export const SettingsChange = Settings.extend({
  caps: Caps.partial(),
  quiet_hours: QuietHours.partial(),
  retry: Retry.partial(),
  sender_defaults: SenderDefaults.partial(),
  conversations: ConversationSettingsChange,
  voice: VoiceSettingsChange,
  email: EmailSettings.partial(),
  language: LanguageSettingsChange,
  lead_scores: LeadScoreSettings.partial(),
}).partial();
export type SettingsChange = z.infer<typeof SettingsChange>;

const { week, enabled, channels } = DEFAULT_SEND_RULES.quiet_hours;

export const DEFAULT_SETTINGS: Settings = {
  require_opt_in: DEFAULT_SEND_RULES.require_opt_in,
  caps: { per_day: DEFAULT_SEND_RULES.cap_per_day, per_week: DEFAULT_SEND_RULES.cap_per_week },
  quiet_hours: {
    enabled,
    week: week.map((window) => (window ? [window[0], window[1]] : null)),
    channels: [...channels],
    laws_off: false,
  },
  retry: { max: MAX_RETRIES },
  expires_after_days: 7,
  retention_days: 90,
  sender_defaults: {
    max_per_hour: DEFAULT_MAX_PER_HOUR,
    max_per_day: DEFAULT_MAX_PER_DAY,
    gap_ms: [...HUMAN_GAP_MS],
    warmup: true,
    warmup_ladder: [...WARMUP_LADDER],
    warmup_day_seconds: null,
  },
  conversations: DEFAULT_CONVERSATION_SETTINGS,
  voice: DEFAULT_VOICE_SETTINGS,
  email: DEFAULT_EMAIL_SETTINGS,
  language: DEFAULT_LANGUAGE_SETTINGS,
  lead_scores: DEFAULT_LEAD_SCORE_SETTINGS,
};

type Group = Readonly<Record<string, unknown>>;
const isGroup = (value: unknown): value is Group =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `change` laid over `settings`, field by field within each group; a list is replaced as a whole. */
export function mergeSettings(settings: unknown, change: Group): Record<string, unknown> {
  const merged: Record<string, unknown> = isGroup(settings) ? { ...settings } : {};
  for (const [field, value] of Object.entries(change)) {
    if (value !== undefined) merged[field] = isGroup(value) ? mergeSettings(merged[field], value) : value;
  }
  return merged;
}

/** The whole settings behind the overrides of a workspace. */
export function settingsOf(overrides: unknown): Settings {
  return Settings.parse(mergeSettings(DEFAULT_SETTINGS, isGroup(overrides) ? overrides : {}));
}

type OfWorkspace = { settings: unknown; test_mode: boolean; time_zone: string };
const known = new WeakMap<object, SendRules>();

/** The rules that `decide` judges a workspace's messages by; the same object each time for one row that was read. */
export function sendRulesOf(workspace: OfWorkspace): SendRules {
  const cached = known.get(workspace);
  if (cached) return cached;
  const { require_opt_in, caps, quiet_hours } = settingsOf(workspace.settings);
  const { test_mode, time_zone } = workspace;
  const rules: SendRules = {
    require_opt_in,
    test_mode,
    time_zone,
    quiet_hours: {
      ...quiet_hours,
      week: quiet_hours.week as unknown as Week,
      time_zone,
      laws_off: quiet_hours.laws_off && test_mode,
    },
    cap_per_day: caps.per_day,
    cap_per_week: caps.per_week,
  };
  known.set(workspace, rules);
  return rules;
}
