import { z } from "@hono/zod-openapi";
import type { ContactFields } from "../db/contacts.ts";
import { type EmailReason, parseEmail } from "../domain/address.ts";
import { DomainError } from "../domain/errors.ts";
import { type PhoneReason, parsePhone, parseRegion } from "../domain/phone.ts";
import { placeOfNumber } from "../domain/place.ts";
import { given } from "./given.ts";
import { text } from "./schemas.ts";

const zones = new Set(Intl.supportedValuesOf("timeZone").concat("UTC"));

const Attribute = z.union([z.string().max(10_000), z.number(), z.boolean(), z.null()]);

/** What a client may say of a contact; null takes a value away. */
export const ContactBody = z
  .strictObject({
    phone: text(64).nullable().optional().openapi({
      description: "As people write it; a national number is read in the workspace's default_region.",
    }),
    email: text(320).nullable().optional(),
    whatsapp_user_id: text(128).nullable().optional(),
    name: text(300).nullable().optional(),
    city: text(200).nullable().optional(),
    region: text(100).nullable().optional(),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, "must be a country in two letters, such as CO")
      .nullable()
      .optional()
      .openapi({ description: "Taken from the number where it is not given." }),
    time_zone: z
      .string()
      .refine((zone) => zones.has(zone), "must be an IANA time zone, such as America/Bogota")
      .nullable()
      .optional()
      .openapi({ enum: [...zones, null] }),
    language: z
      .string()
      .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/, "must be a language tag, such as es or pt-BR")
      .nullable()
      .optional(),
    attributes: z
      .record(z.string().min(1).max(100), Attribute)
      .refine((attributes) => Object.keys(attributes).length <= 200, "has more than 200 keys")
      .optional()
      .openapi({ description: "Merged key by key; null takes one away.", maxProperties: 200 }),
    tags: z.array(text(100)).max(100).optional().openapi({ description: "Takes the place of all tags." }),
    lifecycle: text(50).optional(),
    lead_score: z.int().min(0).max(100).nullable().optional().openapi({
      description: "Computed anew by itself unless the setting lead_scores.enabled is off.",
    }),
  })
  .openapi("ContactChange", {
    example: {
      phone: "310 555 0199",
      email: "valeria@example.com",
      name: "Valeria Mercado",
      city: "Barranquilla",
      attributes: { proyecto: "Altos de Los Rosales" },
      tags: ["cliente"],
    },
  });
export type ContactBody = z.infer<typeof ContactBody>;

/**
 * The row's fields of what a client says: addresses canonical, places from the number.
 * @throws DomainError `validation` for an address that cannot be used, with the reason and never the address.
 */
export function contactFieldsOf(body: ContactBody, defaultRegion: string): ContactFields {
  const { phone, email, tags, ...rest } = body;
  const fields: ContactFields = given(rest);
  if (tags !== undefined) fields.tags = [...new Set(tags)];
  if (email !== undefined) fields.email = email === null ? null : usableEmail(email, "email");
  if (phone === null) Object.assign(fields, { phone: null, phone_type: null, number_zones: [] });
  if (typeof phone === "string") {
    const parsed = usablePhone(phone, defaultRegion, "phone");
    const place = placeOfNumber(parsed.e164, parsed.country);
    fields.phone = parsed.canonical;
    fields.phone_type = parsed.type;
    fields.number_zones = place.time_zones;
    if (body.country === undefined) fields.country = place.country;
    if (body.region === undefined && place.region) fields.region = place.region;
  }
  return fields;
}

const PHONE_FAULTS: Record<PhoneReason, string> = {
  blank: "says that there is none",
  excel_mangled: "was changed by a spreadsheet and has lost digits",
  not_a_number: "has signs that no phone number has",
  extension: "has an extension, which cannot be messaged",
  too_short: "is too short",
  too_long: "is too long",
  needs_region: "is national, and no region says of which country",
  wrong_region: "is not a number of the workspace's region, though it may be one of another country",
  ambiguous: "can be read as two different numbers",
  invalid: "is not a number that exists",
};

export function usablePhone(raw: string, defaultRegion: string, field: string) {
  const parsed = parsePhone(raw, parseRegion(defaultRegion));
  if (parsed.ok) return parsed;
  throw new DomainError("validation", `The phone number ${PHONE_FAULTS[parsed.reason]}.`, {
    field,
    fix: "Write it with plus and country code, such as +573105550199.",
    details: { reason: parsed.reason },
  });
}

const EMAIL_FAULTS: Record<EmailReason, string> = {
  blank: "says that there is none",
  no_at_sign: "has no @",
  no_domain: "has nothing behind the @",
  no_local_part: "has nothing before the @",
  invalid: "is not an address that can exist",
  too_long: "is too long",
};

/** Canonical. */
export function usableEmail(raw: string, field: string): string {
  const parsed = parseEmail(raw);
  if (parsed.ok) return parsed.canonical;
  throw new DomainError("validation", `The e-mail address ${EMAIL_FAULTS[parsed.reason]}.`, {
    field,
    fix: "Write it as name@example.com.",
    details: { reason: parsed.reason },
  });
}
