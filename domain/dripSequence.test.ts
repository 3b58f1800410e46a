import { expect, test } from "vitest";
import { endsWithItsPeople, SequenceSettings, stepOver, stopsOf } from "./dripSequence.ts";
import { SegmentFilter } from "./segmentFilter.ts";

const Step = stepOver(SegmentFilter);
const parsed = (step: object) => Step.safeParse({ message: "Hola", ...step });
const faultOf = (step: object) => parsed(step).error?.issues[0]?.path.join(".");

test.each([
  [{ delay_hours: 0 }, undefined],
  [{ delay: "P1DT2H" }, undefined],
  [{ at_local_time: "10:30", delay_hours: 24, conditions: { city: "Cali" }, stop_on: [] }, undefined],
  [{ delay: "soon" }, "delay"],
  [{ delay: "P3Y" }, "delay"],
  [{ delay: "-P1D" }, "delay"],
  [{ delay: "P1D", delay_hours: 24 }, "delay"],
  [{ delay_hours: -1 }, "delay_hours"],
  [{ at_local_time: "25:00" }, "at_local_time"],
  [{ at_local_time: "10:30", window: { from: "09:00", to: "18:00" } }, "window"],
  [{ window: { from: "18:00", to: "09:00" } }, "window.to"],
  [{ template_id: "0199c3a0-5f6e-7c1a-9d3e-2b8f6a4c1d20" }, "message"],
  [{ message: undefined }, "message"],
])("a step · %j", (step, fault) => {
  expect(faultOf(step)).toBe(fault);
});

test("settings · end a sequence with its people unless somebody may still join", () => {
  const over = (settings: object) => endsWithItsPeople(SequenceSettings.parse(settings));
  expect(over({})).toBe(true);
  expect(over({ continuous: true })).toBe(false);
  expect(over({ enroll_on: ["cart_abandoned"] })).toBe(false);
  expect(over({ keep_open: true })).toBe(false);
});

test("stopsOf · a step's own word wins, and an opt-out always ends it", () => {
  const settings = SequenceSettings.parse({ stop_on: ["reply"] });
  expect([...stopsOf(settings, { id: 1, message: "Hola" })]).toEqual(["reply", "opt_out"]);
  expect([...stopsOf(settings, { id: 1, message: "Hola", stop_on: [] })]).toEqual(["opt_out"]);
});
