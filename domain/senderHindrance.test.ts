import { expect, test } from "vitest";
import { hindranceOf, type SenderState } from "./senderHindrance.ts";

const at = (hour: number) => new Date(Date.UTC(2026, 10, 27, hour));
const started = { started_at: at(12) };
const sender = (given: Partial<SenderState>): SenderState => ({
  status: "active",
  status_reason: null,
  level: null,
  level_since: null,
  holds_since: null,
  ...given,
});

test.each([
  ["one that sends as it can", sender({}), undefined],
  ["one that is only warned of", sender({ level: "warn", level_since: at(9) }), undefined],
  ["one that is paused by hand", sender({ status: "paused" }), ["waits", "paused", null]],
  [
    "one that was stopped, whatever else it is",
    sender({
      status: "stopped",
      status_reason: "complaint rate 0.3 %",
      level: "stop",
      level_since: at(9),
      holds_since: at(9),
    }),
    ["waits", "stopped, complaint rate 0.3 %", null],
  ],
  [
    "a campaign that was started after it became slow",
    sender({ level: "slow", level_since: at(10), holds_since: at(9) }),
    ["waits", "starts no campaign while its e-mail is complained about", at(9)],
  ],
  [
    "a campaign that ran before",
    sender({ level: "slow", level_since: at(14), holds_since: at(13) }),
    ["slowed", "sends at 25 % of its hourly budget while its e-mail is complained about", at(14)],
  ],
] as const)("hindranceOf · %s", (_, state, expected) => {
  const found = hindranceOf(state, started);
  expect(found && [found.effect, found.why, found.since]).toEqual(expected);
});

test("hindranceOf · nothing is held of a campaign that has not begun", () => {
  const slow = sender({ level: "slow", level_since: at(9), holds_since: at(9) });
  expect(hindranceOf(slow, { started_at: null })?.effect).toBe("slowed");
});
