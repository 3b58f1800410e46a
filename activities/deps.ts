import type { Client } from "@temporalio/client";
import type { Logger } from "pino";
import type { Database, Db } from "../db/connect.ts";
import type { LanguageModels } from "../domain/language/asking.ts";
import type { ContentOf } from "../providers/content.ts";
import type { MailOf } from "../providers/mail.ts";
import type { MessageProvider } from "../providers/message.ts";
import type { SpeechProvider } from "../providers/speech/speech.ts";
import type { SuppressionListsOf } from "../providers/suppressions.ts";
import type { VoiceOf } from "../providers/voice.ts";

/** Which provider a sender goes out by: its workspace's account, or the environment's. */
export interface ProviderDirectory {
  forAccount(workspaceId: string, providerAccountId: string | null): Promise<MessageProvider>;
  /** True where everything ends in a stand-in on this machine. */
  sandboxed: boolean;
}

/** What the activities are given; worker.ts builds it. */
export interface ActivityDeps {
  db: Db;
  pool: Database["pool"];
  temporal: Client;
  log: Logger;
  providers: ProviderDirectory;
  /** Which account's e-mail goes out by what. */
  mailOf: MailOf;
  /** The suppression lists of an account. */
  suppressionListsOf: SuppressionListsOf;
  /** Where each workspace keeps its WhatsApp templates. */
  contentOf: ContentOf;
  /** Each account's calls, recordings and transcripts. */
  voiceOf: VoiceOf;
  /** Writes down speech; null where there is none. */
  speech: SpeechProvider | null;
  /** Language work, by what each workspace has chosen. */
  language: LanguageModels;
  addressKey: Buffer;
  /** Opens the answers that the API keeps for repeated requests. */
  sealingKey: Buffer;
  /** Signs what stands in links of e-mails. */
  linkKey: Buffer;
  /** Signs the addresses that answers to e-mails come back to (domain/email/replyAddress.ts). */
  replyKey: Buffer;
  publicUrl: string;
  taskQueue: string;
  /** Drives the outbox of Temporal at once; never throws. */
  kick(): void;
  /** Calls to providers that this process may have in flight. */
  sendConcurrency: number;
  /** Calls of e-mail among them, each of which takes many. */
  mailCalls: number;
  /** How long a slice that has run dry looks again before it ends. */
  lingerMs: number;
  /** Milliseconds of a minute in the retry ladder: 60,000 but for trials. */
  retryMinuteMs: number;
  /** How long an attempt must have been in doubt before the provider's list can prove that it was not taken. */
  graceMs: number;
}
