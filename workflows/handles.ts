/**
 * What the rest of the program may know of the workflows: ids, types, queues, signals and search attributes.
 * Everything here ends up in histories that operators read: ids, counts and a campaign's own title, nothing of a person.
 */
import { defineSearchAttributeKey } from "@temporalio/common";
import { campaignSummary } from "../domain/campaignSummary.ts";

/** The queues of one installation; workflows and short activities share the first. */
export const deliveryQueue = (taskQueue: string) => `${taskQueue}-delivery`;
/** Whatever may ask a language model, which takes seconds: neither short activities nor slices wait behind it. */
export const languageQueue = (taskQueue: string) => `${taskQueue}-language`;

/** Who comes first on the language queue: somebody who has written waits for nothing else. */
export const languagePriority = { reply: 1, call: 4, fit: 5 } as const;

export const searchAttributes = {
  workspaceId: defineSearchAttributeKey("WorkspaceId", "KEYWORD"),
  campaignId: defineSearchAttributeKey("CampaignId", "KEYWORD"),
  senderId: defineSearchAttributeKey("SenderId", "KEYWORD"),
  channel: defineSearchAttributeKey("Channel", "KEYWORD"),
  state: defineSearchAttributeKey("State", "KEYWORD"),
} as const;

export interface CampaignInput {
  workspaceId: string;
  campaignId: string;
}

export interface SenderInput {
  workspaceId: string;
  senderId: string;
}

export interface ImportInput {
  workspaceId: string;
  importId: string;
}

export interface ConversationInput {
  workspaceId: string;
  conversationId: string;
}

export interface ErasureInput {
  workspaceId: string;
  erasureId: string;
  /** How often it has looked, where a run goes on from another. */
  round?: number;
}

export interface CallInput {
  workspaceId: string;
  callSid: string;
}

export interface LeadScoreFitInput {
  workspaceId: string;
  fitId: string;
}

/** A warmup is known by its sender. */
export type WarmupInput = SenderInput;

/**
 * A workflow to be started if it does not run, and told to look at its rows in either case: the shape that
 * db/temporalOutbox.ts keeps. `summary` stands at the head of the run in Temporal UI; `attributes` make it findable.
 */
export interface Wake {
  workspaceId: string;
  workflowId: string;
  type:
    | "campaignWorkflow"
    | "dripSequenceWorkflow"
    | "senderWorkflow"
    | "numberWarmupWorkflow"
    | "contactImportWorkflow"
    | "conversationWorkflow"
    | "callTranscriptionWorkflow"
    | "erasureWorkflow"
    | "leadScoreFitWorkflow";
  input: Record<string, unknown>;
  summary: string;
  attributes: { campaignId?: string; senderId?: string; channel?: string };
  /** There is nothing to see before so many milliseconds are over; what comes meanwhile puts it off or brings it on. */
  afterMs?: number;
}

export const campaignWorkflowId = (campaignId: string) => `campaign:${campaignId}`;
export const dripWorkflowId = (campaignId: string) => `drip:${campaignId}`;
export const senderWorkflowId = (senderId: string) => `sender:${senderId}`;
export const conversationWorkflowId = (conversationId: string) => `conversation:${conversationId}`;
export const warmupWorkflowId = (senderId: string) => `warmup:${senderId}`;
export const erasureWorkflowId = (erasureId: string) => `erasure:${erasureId}`;
export const leadScoreFitWorkflowId = (fitId: string) => `lead-score-fit:${fitId}`;
export const callWorkflowId = (callSid: string) => `call:${callSid}`;
export const importWorkflowId = (importId: string) => `import:${importId}`;

/** What a wake needs to know of a campaign, of either type. */
export interface CampaignToWake {
  id: string;
  workspace_id: string;
  name: string;
  channel: string;
  type: string;
}

/** `people`, where they have been counted, stand in the summary of a run that is yet to start. */
export function wakeCampaign(campaign: CampaignToWake, people?: number): Wake {
  const drip = campaign.type === "drip";
  return {
    workspaceId: campaign.workspace_id,
    workflowId: drip ? dripWorkflowId(campaign.id) : campaignWorkflowId(campaign.id),
    type: drip ? "dripSequenceWorkflow" : "campaignWorkflow",
    input: { workspaceId: campaign.workspace_id, campaignId: campaign.id },
    summary: campaignSummary(campaign, people),
    attributes: { campaignId: campaign.id, channel: campaign.channel },
  };
}

export function wakeSender(sender: { id: string; workspace_id: string; channel: string }): Wake {
  return {
    workspaceId: sender.workspace_id,
    workflowId: senderWorkflowId(sender.id),
    type: "senderWorkflow",
    input: { workspaceId: sender.workspace_id, senderId: sender.id },
    summary: `Sender · ${sender.channel}`,
    attributes: { senderId: sender.id, channel: sender.channel },
  };
}

export function wakeWarmup(sender: { id: string; workspace_id: string; channel: string }): Wake {
  return {
    workspaceId: sender.workspace_id,
    workflowId: warmupWorkflowId(sender.id),
    type: "numberWarmupWorkflow",
    input: { workspaceId: sender.workspace_id, senderId: sender.id },
    summary: `Warmup · ${sender.channel}`,
    attributes: { senderId: sender.id, channel: sender.channel },
  };
}

export function wakeImport(contactImport: { id: string; workspace_id: string }): Wake {
  return {
    workspaceId: contactImport.workspace_id,
    workflowId: importWorkflowId(contactImport.id),
    type: "contactImportWorkflow",
    input: { workspaceId: contactImport.workspace_id, importId: contactImport.id },
    summary: "Contact import",
    attributes: {},
  };
}

/** `burst_ms`: until the burst is over, where somebody has just written: it is looked at once, then. */
export function wakeConversation(conversation: {
  id: string;
  workspace_id: string;
  channel: string;
  burst_ms?: number;
}): Wake {
  const input: ConversationInput = {
    workspaceId: conversation.workspace_id,
    conversationId: conversation.id,
  };
  return {
    workspaceId: conversation.workspace_id,
    workflowId: conversationWorkflowId(conversation.id),
    type: "conversationWorkflow",
    input: { ...input },
    summary: `Conversation · ${conversation.channel}`,
    attributes: { channel: conversation.channel },
    ...(conversation.burst_ms !== undefined && { afterMs: conversation.burst_ms }),
  };
}

/** Everything that an erasure stirs: its own workflow, the campaigns that lost messages, the threads that ended. */
export function wakesOfErasure(requested: {
  erasure: { id: string; workspace_id: string };
  cancelled: { campaigns: CampaignToWake[] };
  conversations: { id: string; workspace_id: string; channel: string }[];
}): Wake[] {
  const { id, workspace_id: workspaceId } = requested.erasure;
  const input: ErasureInput = { workspaceId, erasureId: id };
  return [
    ...requested.cancelled.campaigns.map((one) => wakeCampaign(one)),
    ...requested.conversations.map(wakeConversation),
    {
      workspaceId,
      workflowId: erasureWorkflowId(id),
      type: "erasureWorkflow",
      input: { ...input },
      summary: "Erasure of a person",
      attributes: {},
    },
  ];
}

export function wakeLeadScoreFit(fit: { id: string; workspace_id: string }): Wake {
  const input: LeadScoreFitInput = { workspaceId: fit.workspace_id, fitId: fit.id };
  return {
    workspaceId: fit.workspace_id,
    workflowId: leadScoreFitWorkflowId(fit.id),
    type: "leadScoreFitWorkflow",
    input: { ...input },
    summary: "Fit of the lead score's weights",
    attributes: {},
  };
}

export function wakeCall(call: { workspace_id: string; call_sid: string }): Wake {
  const input: CallInput = { workspaceId: call.workspace_id, callSid: call.call_sid };
  return {
    workspaceId: call.workspace_id,
    workflowId: callWorkflowId(call.call_sid),
    type: "callTranscriptionWorkflow",
    input: { ...input },
    summary: "Call",
    attributes: { channel: "voice" },
  };
}

/** Who has to look after webhooks were applied. */
export const wakesOf = (applied: {
  wakes: readonly Parameters<typeof wakeSender>[0][];
  campaigns: readonly CampaignToWake[];
  conversations: readonly Parameters<typeof wakeConversation>[0][];
  calls: readonly Parameters<typeof wakeCall>[0][];
}): Wake[] => [
  ...applied.wakes.map(wakeSender),
  ...applied.campaigns.map((one) => wakeCampaign(one)),
  ...applied.conversations.map(wakeConversation),
  ...applied.calls.map(wakeCall),
];
