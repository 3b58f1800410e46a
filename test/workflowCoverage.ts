import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { InjectedSinks } from "@temporalio/worker";
import type { Sinks } from "@temporalio/workflow";
import libCoverage, { type CoverageMapData } from "istanbul-lib-coverage";

/** Where each test process leaves what its workflows ran through; tools/coverage.ts adds it up. */
export const workflowCoverageFolder = join(import.meta.dirname, "..", "coverage", "workflows");

export interface CoverageSinks extends Sinks {
  coverage: { merge(counters: string): void };
}

const map = libCoverage.createCoverageMap();
let any = false;

/** Takes the counters out of the sandbox; also during replay, which runs code like any other run. */
export const collectCoverage: InjectedSinks<CoverageSinks> = {
  coverage: {
    merge: {
      fn: (_workflow, counters) => {
        map.merge(JSON.parse(counters) as CoverageMapData);
        any = true;
      },
      callDuringReplay: true,
    },
  },
};

/** Leaves what was counted in this test file, if anything. */
export function writeWorkflowCoverage(): void {
  if (!any) return;
  mkdirSync(workflowCoverageFolder, { recursive: true });
  writeFileSync(join(workflowCoverageFolder, `${process.pid}-${randomUUID()}.json`), JSON.stringify(map));
}
