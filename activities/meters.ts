import { Counter, Histogram } from "prom-client";

/** What this process has done, counted as it does it; metrics.ts serves it. Labels name kinds and codes, never anybody. */
export const meters = {
  intents: new Counter({
    name: "campanile_intents_total",
    help: "Messages whose attempt was committed, to be called for",
    labelNames: ["channel"],
  }),
  answers: new Counter({
    name: "campanile_answers_total",
    help: "How calls to the provider ended: accepted, refused, unknown, or not sent at all",
    labelNames: ["channel", "kind"],
  }),
  refusals: new Counter({
    name: "campanile_refusals_total",
    help: "Refused calls by the provider's code",
    labelNames: ["channel", "code"],
  }),
  calls: new Histogram({
    name: "campanile_call_seconds",
    help: "From handing a call over to its answer",
    labelNames: ["channel"],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  }),
  slices: new Histogram({
    name: "campanile_slice_seconds",
    help: "How long delivery slices ran, by why they ended",
    labelNames: ["why"],
    buckets: [0.1, 0.5, 2.5, 10, 60, 300, 600],
  }),
  reconciled: new Counter({
    name: "campanile_reconciled_total",
    help: "What the provider was asked for because no webhook had brought it",
    labelNames: ["what"],
  }),
};
