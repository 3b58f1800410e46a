import { setTimeout as sleep } from "node:timers/promises";
import { Client, Connection } from "@temporalio/client";
import { sql } from "kysely";
import { seededRandom } from "../random.ts";
import { everythingTold, providerFaults, type ToldMessage } from "../provider.ts";
import type { Scenario, Trial, TrialOutcome } from "../scenario.ts";
import { OPEN_HOURS } from "../../demo/workspace.ts";
import { setStage } from "../../stage.ts";
