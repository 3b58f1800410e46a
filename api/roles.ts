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
} as const satisfies Record<string, Role>;

export type OperationId = keyof typeof leastRole;
