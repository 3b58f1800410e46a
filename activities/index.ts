import { knowledgeAsker } from "./askKnowledge.ts";
import { banRiskActivities } from "./banRisk.ts";
import { beating } from "./beating.ts";
import { recordingActivities } from "./callRecordings.ts";
import { callActivities } from "./calls.ts";
import { transcriptActivities } from "./callTranscripts.ts";
import { campaignActivities } from "./campaigns.ts";
import { createDeliveryEngine, deliverSlice } from "./delivery/slice.ts";
import type { SliceReport } from "./delivery/sliceReport.ts";
import type { ActivityDeps } from "./deps.ts";
import { erasureActivities } from "./erasure.ts";
import { createTending } from "./conversations.ts";
import { dripActivities } from "./drips.ts";
import { housekeepingActivities } from "./housekeeping.ts";
import { importActivities } from "./imports.ts";
import { leadScoreFitActivities } from "./leadScoreFits.ts";
import { leadScoreActivities } from "./leadScores.ts";
import { mailHealthActivities } from "./mailHealth.ts";
import { type MailSuppressionReport, syncMailSuppressions } from "./mailSuppressions.ts";
import { type PlanReport, planAudience } from "./planning.ts";
import { replyReader } from "./readReply.ts";
import { type ReconcileReport, reconcile } from "./reconcile.ts";
import { retentionActivities } from "./retention.ts";
import { senderActivities } from "./senders.ts";
import { templateActivities } from "./templates.ts";
import { type SettleReport, settleDoubtful } from "./settling.ts";
import { warmupActivities } from "./warmups.ts";
import type { CampaignInput, SenderInput } from "../workflows/handles.ts";

/** Every activity, given what it needs. Workflows see only the type. */
export function createActivities(deps: ActivityDeps) {
  const engine = createDeliveryEngine(deps);
  return {
    ...campaignActivities(deps),
    ...senderActivities(deps),
    ...warmupActivities(deps),
    ...dripActivities(deps),
    ...callActivities(deps),
    ...transcriptActivities(deps),
    ...recordingActivities(deps),
    ...importActivities(deps),
    ...templateActivities(deps),
    ...housekeepingActivities(deps),
    ...mailHealthActivities(deps),
    ...erasureActivities(deps),
    ...retentionActivities(deps),
    ...banRiskActivities(deps),
    syncMailSuppressions: beating((): Promise<MailSuppressionReport> => syncMailSuppressions(deps)),
    ...leadScoreActivities(deps),
    ...leadScoreFitActivities(deps),
    tendConversation: beating(
      createTending(deps, { read: replyReader(deps.language), ask: knowledgeAsker(deps.language) }),
    ),
    reconcile: (): Promise<ReconcileReport> => reconcile(deps),
    planAudience: beating((input: CampaignInput): Promise<PlanReport> => planAudience(deps, input)),
    deliverSlice: (input: SenderInput): Promise<SliceReport> => deliverSlice(engine, input),
    settleDoubtful: beating((input: SenderInput): Promise<SettleReport> => settleDoubtful(deps, input)),
  };
}

export type Activities = ReturnType<typeof createActivities>;

export type { CallLook } from "./calls.ts";
export type { TranscriptStep } from "./callTranscripts.ts";
export type { CampaignCommand, CampaignLook } from "./campaigns.ts";
export type { CanaryLook } from "./canary.ts";
export type { DripLook } from "./drips.ts";
export type { SliceReport } from "./delivery/sliceReport.ts";
export type { ErasureReport } from "./erasure.ts";
export type { FitReport } from "./leadScoreFits.ts";
export type { ConversationReport } from "./conversations.ts";
export type { ImportReport } from "./imports.ts";
export type { WarmupCommand } from "../db/warmups.ts";
export type { WarmupLook } from "./warmups.ts";
