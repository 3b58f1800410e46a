/** From the least to the most that a key may do; each role may do what those before it may. */
export const ROLES = ["viewer", "agent", "operator", "admin", "owner"] as const;
export type Role = (typeof ROLES)[number];

/** Whether `role` reaches `least`. */
export function roleAllows(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}
