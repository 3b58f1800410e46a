import type { DomainRecords } from "../domain/email/authentication.ts";

/** What name servers say of a from-domain; never rejects: what was not answered is null in the records. */
export type RecordsOf = (domain: string) => Promise<DomainRecords>;
