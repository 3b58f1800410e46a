import { by, type TablePrivacy } from "./privacyWays.ts";

/** Workspaces and who works in them; contacts, consents, lists and imports. */
export const peopleTables = {
  workspaces: {
    holds: "Tenants with their settings.",
    keeps: "id sending_stopped_at created_at",
    ours: "name time_zone currency default_region test_mode settings",
  },
  members: {
    holds: "Staff of a workspace: not contacts.",
    keeps: "id workspace_id role available assigned_at created_at removed_at",
    ours: "name email call_phone",
  },
  api_keys: {
    holds: "Keys of the API, as hashes.",
    keeps: "id workspace_id member_id prefix secret_hash role expires_at revoked_at last_used_at created_at",
    ours: "name",
  },
  provider_accounts: {
    holds: "Accounts at providers; credentials are sealed.",
    keeps: "id workspace_id provider account_sid previous_until verified_at created_at",
    ours: "name sealed_credentials previous_credentials",
  },
  test_allowlist: {
    holds: "Addresses that a workspace in test mode may reach.",
    person: [by.address()],
    erasure: "delete",
    keeps: "workspace_id created_at",
    identifies: "address",
  },
  audit_log: {
    holds: "Who changed what: names of fields, nothing of a person.",
    person: [by.mention("change")],
    erasure: "empty",
    keeps: "id workspace_id actor_kind actor_id action subject_kind subject_id request_id at",
    identifies: "change",
    emptied: { change: "'{}'" },
  },
  idempotency_keys: {
    holds: "Answers kept for repeated requests, sealed.",
    person: [by.answer("response")],
    erasure: "empty",
    retention: { own: "24 hours" },
    keeps: "workspace_id key route body_hash status created_at",
    identifies: "response",
  },
  contacts: {
    holds: "People.",
    person: [by.contact("id")],
    erasure: "empty",
    keeps:
      "id workspace_id phone_type country language lifecycle lead_score last_activity_at created_at updated_at erased_at",
    identifies:
      "identity phone email whatsapp_user_id name city region time_zone number_zones attributes tags",
    derived: "search_name",
    emptied: { number_zones: "'{}'", attributes: "'{}'", tags: "'{}'" },
  },
  consents: {
    holds: "Who agreed to what: the record stays, as the proof that they could be written to.",
    person: [by.contact()],
    erasure: "empty",
    keeps: "id workspace_id contact_id channel state purpose source method at",
    identifies: "evidence",
    emptied: { evidence: "'{}'" },
  },
  suppressions: {
    holds: "Addresses that must not be messaged; a hash keyed by SECRET_KEY goes on holding.",
    person: [by.hash()],
    erasure: "empty",
    keeps: "id workspace_id channel address_hash reason source created_by created_at lifted_at",
    identifies: "address detail",
    emptied: { detail: "'{}'" },
  },
  scrub_lists: {
    holds: "Imports of public registers of people who want no advertising: figures.",
    keeps: "id workspace_id source state numbers rejected created_by created_at",
  },
  scrub_numbers: {
    holds: "The numbers of such a register, hashed with a key made of SECRET_KEY: they go on holding.",
    keeps: "address_hash list_id workspace_id",
  },
  contact_lists: {
    holds: "Lists of contacts.",
    keeps: "id workspace_id created_at updated_at deleted_at",
    ours: "name description",
  },
  contact_list_members: {
    holds: "Who is on which list.",
    person: [by.contact()],
    erasure: "delete",
    keeps: "workspace_id list_id contact_id added_at",
  },
  segments: {
    holds: "Rules that select contacts.",
    keeps: "id workspace_id created_at updated_at deleted_at",
    ours: "name description filter",
  },
  imports: {
    holds: "Imported files: figures and how they were read.",
    person: [by.mention("file_name")],
    erasure: "empty",
    keeps:
      "id workspace_id list_id file_sha256 bytes state dry_run cursor row_count created_count updated_count unchanged_count duplicate_count rejected_count opted_in_count opted_out_count warnings total_rows error created_by created_at started_at finished_at",
    ours: "options detected",
    identifies: "file_name",
    emptied: { file_name: "'erased'" },
  },
  import_chunks: {
    holds: "The file itself while it is read.",
    erasure: "ends",
    retention: { own: "the end of the import" },
    keeps: "workspace_id import_id seq",
    content: "bytes",
  },
  import_people: {
    holds: "Whom a file has named so far, while it is read.",
    erasure: "ends",
    retention: { own: "the end of the import" },
    keeps: "workspace_id import_id contact_id consent outcome given",
    identifies: "identity_hash",
  },
  import_rejects: {
    holds: "Rows of a file that could not be taken, with why.",
    person: [by.mention("cells")],
    erasure: "empty",
    retention: {
      age: "(select i.created_at from imports i where i.id = import_rejects.import_id)",
      then: "empty",
    },
    keeps: "workspace_id import_id line column_name reason",
    content: "cells",
    emptied: { cells: "'[]'" },
  },
  erasures: {
    holds: "Certificates of erasures.",
    keeps:
      "id workspace_id contact_id origin state requested_by requested_at address_hashes suppressed cancelled rows provider completed_at",
  },
  erasure_sids: {
    holds: "Messages that the provider still has to give up, while an erasure runs.",
    retention: { own: "the end of the erasure" },
    keeps: "erasure_id sid workspace_id sender_id outcome",
  },
  retention_marks: {
    holds: "How far texts have been put away.",
    keeps: "workspace_id table_name emptied_until",
  },
} as const satisfies Record<string, TablePrivacy>;
