import { DomainError } from "../../domain/errors.ts";
import type { MediaFile } from "../media.ts";
import type { TwilioAccount } from "./client.ts";

/** The largest that WhatsApp takes. Source: https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages */
export const MOST_MEDIA_BYTES = 16 * 1024 * 1024;

/** What is handed on: nothing in which a browser would run something. */
const TYPES =
  /^(image\/(jpeg|png|gif|webp|heic)|audio\/[\w.+-]+|video\/(mp4|3gpp|quicktime|webm)|application\/(pdf|msword|vnd\.ms-(excel|powerpoint)|vnd\.openxmlformats-officedocument\.[\w.]+)|text\/(plain|csv|vcard|x-vcard))$/;

const API = "https://api.twilio.com";
/** Where Twilio keeps the files themselves; its API leads there by redirect. */
const STORES = /\.(twiliocdn\.com|twilio\.com|amazonaws\.com)$/;
const MOST_HOPS = 3;
const ANSWER_MS = 10_000;

/**
 * A file at Twilio, by the address that its webhook gave. The account's credentials go to Twilio's API alone: redirects
 * are followed by hand, without them, and only to where Twilio keeps files.
 */
export async function openTwilioMedia(
  account: TwilioAccount,
  url: string,
  signal: AbortSignal,
  most = MOST_MEDIA_BYTES,
): Promise<MediaFile> {
  const first = mediaUrl(account, url);
  const { accountSid, authToken } = account;
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}`;
  // A file may take its time; its first byte may not.
  const slow = new AbortController();
  const timer = setTimeout(() => slow.abort(), ANSWER_MS);
  try {
    const both = AbortSignal.any([signal, slow.signal]);
    let response = await ask(first, both, { authorization });
    let at = first;
    for (let hops = 0; response.status >= 300 && response.status < 400; hops++) {
      await response.body?.cancel();
      at = storeUrl(account, response.headers.get("location"), at);
      if (hops === MOST_HOPS) throw away("redirects without end");
      response = await ask(at, both, {});
    }
    return await fileOf(response, most);
  } finally {
    clearTimeout(timer);
  }
}

async function ask(url: URL, signal: AbortSignal, headers: Record<string, string>): Promise<Response> {
  try {
    return await fetch(url, { redirect: "manual", signal, headers });
  } catch {
    // The error of fetch names the address.
    throw away("no answer");
  }
}

async function fileOf(response: Response, most: number): Promise<MediaFile> {
  const refuse = async (error: DomainError) => {
    await response.body?.cancel();
    return error;
  };
  if (response.status === 404 || response.status === 410)
    throw await refuse(new DomainError("gone", "The provider has this file no more."));
  if (response.status !== 200 || response.body === null) throw await refuse(away(`HTTP ${response.status}`));
  const type = (response.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (!TYPES.test(type))
    throw await refuse(new DomainError("unsupported", "Files of this type are not handed on."));
  const given = response.headers.get("content-length");
  const bytes = given === null ? null : Number(given);
  if ((bytes ?? 0) > most) throw await refuse(tooLarge(most));
  return { type, bytes, body: response.body.pipeThrough(upTo(most)) };
}

/** Not every answer says how long it is, and not every one that does keeps to it. */
function upTo(most: number): TransformStream<Uint8Array, Uint8Array> {
  let seen = 0;
  return new TransformStream({
    transform(chunk, controller) {
      seen += chunk.byteLength;
      if (seen > most) controller.error(tooLarge(most));
      else controller.enqueue(chunk);
    },
  });
}

/** The webhook was signed, and yet: credentials go nowhere but to the media of their own account. */
function mediaUrl(account: TwilioAccount, given: string): URL {
  const url = URL.parse(given);
  const own = new RegExp(
    `^/2010-04-01/Accounts/${account.accountSid}/(Messages/\\w+/Media/\\w+|Recordings/\\w+\\.wav)$`,
  );
  const origin = new URL(account.baseUrl ?? API).origin;
  if (url !== null && url.origin === origin && own.test(url.pathname) && url.username === "") return url;
  throw new DomainError("gone", "This file does not lie at the account that its message came to.");
}

function storeUrl(account: TwilioAccount, location: string | null, from: URL): URL {
  const url = URL.parse(location ?? "", from.href);
  const inSandbox = account.baseUrl !== null && url?.origin === new URL(account.baseUrl).origin;
  if (url !== null && (inSandbox || (url.protocol === "https:" && STORES.test(url.hostname)))) return url;
  throw away("a redirect to elsewhere");
}

const away = (why: string) =>
  new DomainError("provider_unavailable", `The provider did not give this file: ${why}.`);

const tooLarge = (most: number) =>
  new DomainError("too_large", `The file is larger than ${Math.round(most / 1024 / 1024)} MB.`);
