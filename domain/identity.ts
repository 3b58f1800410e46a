/**
 * What makes two rows one person within a workspace; all three as domain/address.ts spells them for comparing.
 * Families share an e-mail address and nobody shares a phone: an e-mail names a person only where there is no number.
 * Undefined where nothing is known that could name anybody.
 */
export function contactIdentity(person: {
  phone?: string | null | undefined;
  whatsapp_user_id?: string | null | undefined;
  email?: string | null | undefined;
}): string | undefined {
  if (person.phone) return `tel:${person.phone}`;
  if (person.whatsapp_user_id) return `wa:${person.whatsapp_user_id}`;
  return person.email ? `mailto:${person.email}` : undefined;
}
