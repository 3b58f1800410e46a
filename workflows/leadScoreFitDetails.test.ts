import { expect, test } from "vitest";
import type { FitReport } from "../activities/index.ts";
import { fitDetails } from "./leadScoreFitDetails.ts";

const report: FitReport = {
  state: "proposed",
  people: 900,
  converted: 180,
  held_out: 300,
  held_out_converted: 60,
  auc_default: 0.7124,
  auc_fitted: 0.8,
};

test("fitDetails · says that people are read before there is a report", () => {
  expect(fitDetails(null, null)).toContain("**running**");
});

test("fitDetails · says what is proposed, by which figures", () => {
  const shown = fitDetails(report, null);
  expect(shown).toContain("**proposed**: these weights rank better");
  for (const row of [
    "| people, of them bought | 900, 180 |",
    "| held out, of them bought | 300, 60 |",
    "| area under the curve, usual | 0.712 |",
    "| area under the curve, fitted | 0.800 |",
  ])
    expect(shown).toContain(row);
  expect(shown).not.toContain("scored anew");
});

test("fitDetails · has a dash where a figure is not known, and the people scored since", () => {
  const unknown = {
    people: null,
    converted: null,
    held_out: null,
    held_out_converted: null,
    auc_default: null,
    auc_fitted: null,
  };
  const shown = fitDetails({ ...unknown, state: "too_few" }, 1_200);
  expect(shown).toContain("| people, of them bought | –, – |");
  expect(shown).toContain("| area under the curve, fitted | – |");
  expect(shown).toContain("| scored anew | 1200 |");
});
