import { expect, test } from "vitest";
import { DEFAULT_SEND_RULES } from "./decide.ts";
import { DEFAULT_SETTINGS, mergeSettings, SettingsChange, sendRulesOf, settingsOf } from "./settings.ts";

const workspace = { test_mode: false, time_zone: "America/Mexico_City" };

test("settingsOf · gives the defaults where a workspace has set nothing", () => {
  expect(settingsOf({})).toEqual(DEFAULT_SETTINGS);
  expect(settingsOf(null)).toEqual(DEFAULT_SETTINGS);
});

test("settingsOf · keeps the other fields of a group of which one is set", () => {
  const { caps } = settingsOf({ caps: { per_day: null } });
  expect(caps).toEqual({ per_day: null, per_week: DEFAULT_SETTINGS.caps.per_week });
});

test("mergeSettings · adds to earlier overrides and replaces lists whole", () => {
  const earlier = { caps: { per_day: 2 }, quiet_hours: { channels: ["sms", "voice"] } };
  const merged = mergeSettings(earlier, {
    caps: { per_week: 5 },
    quiet_hours: { channels: ["sms"] },
    retry: undefined,
  });
  expect(merged).toEqual({ caps: { per_day: 2, per_week: 5 }, quiet_hours: { channels: ["sms"] } });
});

test("SettingsChange · refuses windows that end before they begin, and unknown fields", () => {
  const upside = Array.from({ length: 7 }, () => [600, 540]);
  expect(SettingsChange.safeParse({ quiet_hours: { week: upside } }).success).toBe(false);
  expect(SettingsChange.safeParse({ sender_defaults: { gap_ms: [5, 2] } }).success).toBe(false);
  expect(SettingsChange.safeParse({ caps: { daily: 3 } }).success).toBe(false);
  expect(SettingsChange.safeParse({ caps: { per_day: 3 } }).success).toBe(true);
});

test("sendRulesOf · is decide's default where nothing is set", () => {
  expect(sendRulesOf({ ...workspace, settings: {} })).toEqual(DEFAULT_SEND_RULES);
});

test("sendRulesOf · leaves laws aside in test mode only", () => {
  const settings = { quiet_hours: { laws_off: true } };
  expect(sendRulesOf({ ...workspace, settings }).quiet_hours.laws_off).toBe(false);
  expect(sendRulesOf({ ...workspace, settings, test_mode: true }).quiet_hours.laws_off).toBe(true);
});

test("sendRulesOf · gives one object for one row, so that the rules can be compared by identity", () => {
  const row = { ...workspace, settings: { caps: { per_day: 1 } } };
  expect(sendRulesOf(row)).toBe(sendRulesOf(row));
});
