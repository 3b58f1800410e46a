import { describe, expect, it } from "vitest";
import { ATTEMPT_FIELD, listedInboundForm, readInboundForm, readStatusCallback } from "./twilioWebhook.ts";

const id = "0192f0c1-2b3c-7d4e-8f50-112233445566";

describe("readStatusCallback", () => {
  it("names the attempt that the callback's URL carried", () => {
    const form = {
      MessageSid: "SM1",
      MessageStatus: "undelivered",
      ErrorCode: "30005",
      [ATTEMPT_FIELD]: `${id}.2`,
    };
    expect(readStatusCallback(form)).toEqual({
      providerSid: "SM1",
      attempt: { messageId: id, n: 2 },
      state: "undelivered",
      errorCode: "30005",
    });
  });

  it.each([[undefined], [""], ["x.1"], [id], [`${id}.x`]])("takes %j for no attempt", (attempt) => {
    const form = {
      SmsSid: "SM1",
      SmsStatus: "sent",
      ...(attempt === undefined ? {} : { [ATTEMPT_FIELD]: attempt }),
    };
    expect(readStatusCallback(form)).toMatchObject({ providerSid: "SM1", attempt: null, errorCode: null });
  });

  it.each([
    [{ MessageSid: "SM1", MessageStatus: "receiving" }],
    [{ MessageSid: "SM1" }],
    [{ MessageStatus: "sent" }],
  ])("says nothing of %j", (form) => {
    expect(readStatusCallback(form as Record<string, string>)).toBeUndefined();
  });
});

describe("readInboundForm", () => {
  it("reads a WhatsApp message with media", () => {
    const form = {
      MessageSid: "SM2",
      From: "whatsapp:+573001112233",
      To: "whatsapp:+573009998877",
      Body: "hola",
      NumMedia: "2",
      MediaUrl0: "https://media.example/1",
      MediaContentType0: "image/png",
      MediaUrl1: "https://media.example/2",
      ProfileName: "Ana",
      ExternalUserId: "bsuid.1",
      OptOutType: "STOP",
    };
    expect(readInboundForm(form)).toEqual({
      providerSid: "SM2",
      channel: "whatsapp",
      from: "+573001112233",
      to: "+573009998877",
      body: "hola",
      media: [
        { url: "https://media.example/1", type: "image/png" },
        { url: "https://media.example/2", type: "application/octet-stream" },
      ],
      parts: null,
      profileName: "Ana",
      whatsappUserId: "bsuid.1",
      optOutType: "STOP",
      sentAt: null,
    });
  });

  it("reads a place, a button and the message that is answered", () => {
    const form = { MessageSid: "SM4", From: "whatsapp:+573001112233", To: "whatsapp:+573009998877" };
    const place = { Latitude: "4.65", Longitude: "-74.1", Address: "Calle 1", Label: "" };
    expect(readInboundForm({ ...form, ...place })?.parts).toEqual({
      location: { latitude: 4.65, longitude: -74.1, address: "Calle 1", label: null },
    });
    const pressed = { ButtonText: "Sí", ButtonPayload: "yes", OriginalRepliedMessageSid: "SM1" };
    expect(readInboundForm({ ...form, ...pressed })?.parts).toEqual({
      button: { text: "Sí", payload: "yes" },
      replied_to: "SM1",
    });
    expect(readInboundForm({ ...form, Latitude: "north", Longitude: "" })?.parts).toBeNull();
  });
  it("takes the text of a button where there is no other", () => {
    const form = {
      SmsSid: "SM3",
      From: "+573001112233",
      To: "+573009998877",
      ButtonText: "Sí",
      NumMedia: "x",
    };
    expect(readInboundForm(form)).toMatchObject({ channel: "sms", body: "Sí", media: [], profileName: null });
  });

  it("leaves out media without an address, and reads a message without text", () => {
    const form = { MessageSid: "SM3", From: "+573001112233", To: "+573009998877", NumMedia: "1" };
    expect(readInboundForm(form)).toMatchObject({ body: "", media: [] });
  });

  it.each([
    [{ From: "+1", To: "+2" }],
    [{ MessageSid: "SM4", To: "+2" }],
    [{ MessageSid: "SM4", From: "+1" }],
  ])("refuses %j", (form) => {
    expect(readInboundForm(form as Record<string, string>)).toBeUndefined();
  });
});

it("listedInboundForm · reads back as the message that Twilio's list told", () => {
  const sent_at = new Date("2026-03-02T13:00:00Z");
  const listed = {
    sid: "SM1",
    from: "whatsapp:+573001234567",
    to: "whatsapp:+573101234567",
    body: "STOP",
    sent_at,
  };
  expect(readInboundForm(listedInboundForm(listed))).toMatchObject({
    providerSid: "SM1",
    channel: "whatsapp",
    from: "+573001234567",
    to: "+573101234567",
    body: "STOP",
    media: [],
    sentAt: sent_at,
  });
});
