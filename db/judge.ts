import { canonicalAddress, type Channel, parseEmail } from "../domain/address.ts";
import { type Decision, decide, type OwnWishes, type Purpose, type SendRules } from "../domain/decide.ts";
import type { ScrubSource } from "../domain/scrubList.ts";
import type { Place } from "../domain/quietHours.ts";
import type { Db } from "./connect.ts";
import { findAllowlisted, findLastInbound, findPersonFacts, type PersonFacts } from "./facts.ts";
import { findScrubbed } from "./scrubLists.ts";
import { addressHash, findSuppressed } from "./suppressions.ts";

/** What holds for a whole page of judgements. */
export interface Judging {
  workspaceId: string;
  channel: Channel;
  purpose: Purpose;
  rules: SendRules;
  addressKey: Buffer;
  /** Everything that is sent ends in the sandbox: a workspace in test mode reaches everybody there. */
  sandboxed: boolean;
  now: Date;
}

/** One message that might go to one person. */
export interface Candidate {
  contactId: string;
  /** Null where nobody has been chosen yet. */
  senderId: string | null;
  /** As it was planned; null: the person's present address. */
  address: string | null;
  expiresAt: Date | null;
  template: { approval_status: string } | null;
  /** What an e-mail is about; null: nothing that people can decline. */
  topicId?: string | null;
  recipientHoldUntil: Date | null;
  /** The one message that may still go to somebody who has opted out. */
  confirmsOptOut?: boolean;
}

export interface Judged {
  person: PersonFacts | undefined;
  address: string | null;
  /** Where the person may be: each place must allow the hour. */
  places: readonly Place[];
  /**
   * Free of what only the caller knows: the missing variables of the text, the moment where it is not now, and what
   * else keeps an e-mail from being made for this person.
   */
  decide(
    missingVariables: readonly string[],
    at?: Date,
    contentFault?: "content_too_large" | "content_failed" | null,
  ): Decision;
}

/**
 * Gathers the facts of a page and hands back, per candidate and in their order, what `decide` will say.
 * In the intent transaction the caller holds the locks of these people.
 */
export async function judge(tx: Db, on: Judging, candidates: readonly Candidate[]): Promise<Judged[]> {
  const people = await findPersonFacts(tx, {
    workspaceId: on.workspaceId,
    channel: on.channel,
    purpose: on.purpose,
    contactIds: candidates.map((candidate) => candidate.contactId),
  });
  const addresses = candidates.map((candidate) => {
    const given = candidate.address ?? presentAddress(people.get(candidate.contactId), on.channel);
    return given === null ? null : canonicalAddress(on.channel, given);
  });
  const known = addresses.filter((address) => address !== null);
  const hashes = new Map(known.map((address) => [address, addressHash(on.addressKey, address)]));
  const suppressed = await findSuppressed(tx, on.workspaceId, on.channel, [...hashes.values()]);
  const scrubbed =
    on.purpose === "marketing" && on.channel !== "email"
      ? await findScrubbed(tx, on.workspaceId, [...hashes.values()])
      : new Map<string, ScrubSource>();
  const lastInbound =
    on.channel === "whatsapp"
      ? await findLastInbound(tx, { workspaceId: on.workspaceId, channel: on.channel, addresses: known })
      : new Map<string, Date>();
  const allowlisted =
    on.rules.test_mode && !on.sandboxed
      ? await findAllowlisted(tx, on.workspaceId, known)
      : new Set<string>();

  return candidates.map((candidate, index) => {
    const person = people.get(candidate.contactId);
    const address = addresses[index] ?? null;
    const hash = address === null ? undefined : hashes.get(address)?.toString("hex");
    const places = person === undefined ? [] : placesOf(person);
    return {
      person,
      places,
      address: candidate.address ?? presentAddress(person, on.channel),
      decide: (missing, at = on.now, contentFault = null) =>
        decide(
          {
            channel: on.channel,
            purpose: on.purpose,
            expires_at: candidate.expiresAt,
            contact: {
              deleted: person === undefined || person.erased_at !== null,
              phone_type: on.channel === "email" ? null : (person?.phone_type ?? null),
              places,
            },
            address: address === null ? "none" : isUsable(on.channel, address) ? "ok" : "invalid",
            allowlisted: on.sandboxed || (address !== null && allowlisted.has(address)),
            ...standing(candidate, (hash && suppressed.get(hash)) ?? null, person?.consent ?? null),
            scrub_list: hash === undefined ? null : (scrubbed.get(hash) ?? null),
            wishes: wishesOf(candidate, person),
            template: candidate.template,
            last_inbound_at: lastInbound.get(`${address} ${candidate.senderId ?? ""}`) ?? null,
            missing_variables: missing,
            content_fault: contentFault,
            recent: touchesOf(person),
            last_outbound_at: person?.last_outbound_at ?? null,
            recipient_hold_until: candidate.recipientHoldUntil,
            rules: on.rules,
          },
          at,
        ),
    };
  });
}

/** The confirmation of an opt-out is the only message that it does not forbid. */
function standing(candidate: Candidate, suppression: string | null, consent: PersonFacts["consent"]) {
  if (candidate.confirmsOptOut !== true) return { suppression, consent };
  return { suppression: suppression === "opted_out" ? null : suppression, consent: null };
}

function wishesOf({ topicId }: Candidate, person: PersonFacts | undefined): OwnWishes | null {
  if (person?.declined_topics == null) return null;
  const topic_declined = topicId != null && person.declined_topics.includes(topicId);
  return { topic_declined, max_per_week: person.max_per_week };
}

/** Numbers are read where they come in; an address may have come before its rules. */
const isUsable = (channel: Channel, address: string) => channel !== "email" || parseEmail(address).ok;

function presentAddress(person: PersonFacts | undefined, channel: Channel): string | null {
  return (channel === "email" ? person?.email : person?.phone) ?? null;
}

/** By the number, and by what the client has set: each must allow the hour. */
function placesOf(person: PersonFacts): Place[] {
  const byNumber = { country: person.country, region: person.region, time_zones: person.number_zones };
  if (person.time_zone === null) return [byNumber];
  return [byNumber, { country: person.country, region: person.region, time_zones: [person.time_zone] }];
}

function touchesOf(person: PersonFacts | undefined) {
  if (!person?.touched_at) return [];
  return person.touched_at.map((at, index) => ({ at, channel: person.touched_channels?.[index] as Channel }));
}
