import type { Role } from "../domain/roles.ts";

/**
 * The least role of each operation. A route without an entry does not compile, and does not start;
 * one line per operation, so that a review sees who gains what.
 */
export const leastRole = {
  getWorkspace: "viewer",
  updateWorkspace: "admin",
  stopSending: "operator",
  resumeSending: "admin",
  listTestAllowlist: "viewer",
  addToTestAllowlist: "admin",
  removeFromTestAllowlist: "admin",

  listMembers: "viewer",
  createMember: "admin",
  updateMember: "admin",
  removeMember: "admin",

  listApiKeys: "admin",
  createApiKey: "admin",
  revokeApiKey: "admin",

  listProviderAccounts: "admin",
  createProviderAccount: "owner",
  rotateProviderAccount: "owner",
  removeProviderAccount: "owner",

  listAuditLog: "admin",

  listContacts: "viewer",
  createContact: "agent",
  upsertContact: "agent",
  getContact: "viewer",
  updateContact: "agent",
  deleteContact: "operator",
  getContactTimeline: "viewer",
  listConsents: "viewer",
  addConsent: "agent",

  listContactLists: "viewer",
  createContactList: "operator",
  getContactList: "viewer",
  updateContactList: "operator",
  deleteContactList: "operator",
  listContactListMembers: "viewer",
  addContactListMembers: "operator",
  removeContactListMembers: "operator",

  listImports: "viewer",
  createImport: "operator",
  getImport: "viewer",
  listImportRejects: "viewer",
  downloadImportRejects: "viewer",
  cancelImport: "operator",

  listSegments: "viewer",
  createSegment: "operator",
  previewSegment: "viewer",
  getSegment: "viewer",
  updateSegment: "operator",
  deleteSegment: "operator",
  countSegment: "viewer",

  listSuppressions: "viewer",
  addSuppression: "agent",
  getSuppression: "viewer",
  deleteSuppression: "operator",
  liftSuppression: "admin",

  listSenders: "viewer",
  createSender: "admin",
  getSender: "viewer",
  updateSender: "operator",
  removeSender: "admin",
  getSenderStats: "viewer",

  listTemplates: "viewer",
  createTemplate: "operator",
  getTemplate: "viewer",
  updateTemplate: "operator",
  deleteTemplate: "operator",
  submitTemplate: "operator",
  refreshTemplate: "operator",

  listCampaigns: "viewer",
  createCampaign: "operator",
  getCampaign: "viewer",
  updateCampaign: "operator",
  preflightCampaign: "viewer",
  startCampaign: "operator",
  pauseCampaign: "operator",
  resumeCampaign: "operator",
  cancelCampaign: "operator",
  rescheduleCampaign: "operator",
  decideCanary: "operator",
  listCampaignMessages: "viewer",
  exportCampaignMessages: "operator",
  explainCampaign: "viewer",

  sendMessage: "agent",
  getMessage: "viewer",
  settleMessage: "operator",

  listAlerts: "viewer",
  readAlert: "agent",
  resolveAlert: "operator",
} as const satisfies Record<string, Role>;

export type OperationId = keyof typeof leastRole;
