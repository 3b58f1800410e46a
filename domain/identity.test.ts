import { expect, test } from "vitest";
import { contactIdentity } from "./identity.ts";

test("contactIdentity · a phone names a person before all else, an e-mail only where nothing else does", () => {
  const all = { phone: "+573001234567", whatsapp_user_id: "CO.9", email: "a@b.co" };
  expect(contactIdentity(all)).toBe("tel:+573001234567");
  expect(contactIdentity({ ...all, phone: null })).toBe("wa:CO.9");
  expect(contactIdentity({ ...all, phone: null, whatsapp_user_id: "" })).toBe("mailto:a@b.co");
  expect(contactIdentity({ phone: "", email: null })).toBeUndefined();
});
