import { proxySinks, type WorkflowInterceptors } from "@temporalio/workflow";
import type { CoverageSinks } from "./workflowCoverage.ts";

const { coverage } = proxySinks<CoverageSinks>();

/** Hands the counters out of the workflow's sandbox after each activation. */
export const interceptors = (): WorkflowInterceptors => ({
  internals: [
    {
      concludeActivation(input, next) {
        const counters = (globalThis as { __coverage__?: object }).__coverage__;
        if (counters) coverage.merge(JSON.stringify(counters));
        return next(input);
      },
    },
  ],
});
