import { randomBytes } from "node:crypto";
import { type Context, Hono } from "hono";
import type { Sandbox } from "../sandbox.ts";
import { refused, type TwilioEnv } from "./access.ts";
import { refusal } from "./errors.ts";
import { rfc2822 } from "./messageJson.ts";
import type { Account } from "./model.ts";

/** A file that came with an inbound message, as Twilio keeps it. */
export interface HostedMedia {
  sid: string;
  account_sid: string;
  message_sid: string;
  content_type: string;
  base64: string;
  at: number;
  /** What the address of the file itself cannot be guessed by; the API's own address only leads there. */
  secret: string;
}

/** What a person attaches: a file that is somewhere already, or its content. */
export type Attached = { url: string; content_type: string } | { base64: string; content_type: string };

/** Takes files in, and gives what the webhook says of them. `origin` is where this sandbox is reached. */
export function hostMedia(
  sandbox: Sandbox,
  to: { origin: string; account: Account; messageSid: string },
  attached: readonly Attached[],
): { url: string; content_type: string }[] {
  return attached.map((file) => {
    if ("url" in file) return file;
    const media: HostedMedia = {
      sid: `ME${randomBytes(16).toString("hex")}`,
      account_sid: to.account.sid,
      message_sid: to.messageSid,
      content_type: file.content_type,
      base64: file.base64,
      at: Date.now(),
      secret: randomBytes(16).toString("hex"),
    };
    sandbox.record({ k: "media", v: media });
    return { url: to.origin + pathOf(media), content_type: file.content_type };
  });
}

const pathOf = (media: HostedMedia) =>
  `/2010-04-01/Accounts/${media.account_sid}/Messages/${media.message_sid}/Media/${media.sid}`;

/**
 * Media of messages under /2010-04-01, behind the account's credentials: the list, one as JSON, its file by a redirect,
 * its removal. Source: https://www.twilio.com/docs/messaging/api/media-resource
 */
export function mediaRoutes(sandbox: Sandbox): Hono<TwilioEnv> {
  const { state } = sandbox;
  const app = new Hono<TwilioEnv>();

  app.get("/Accounts/:account/Messages/:message/Media.json", (c) => {
    const all = [...state.media.values()].filter((one) => belongs(c, one)).map(mediaJson);
    return c.json({ media_list: all, page: 0, page_size: 50, uri: c.req.path });
  });

  app.get("/Accounts/:account/Messages/:message/Media/:file", (c) => {
    const media = find(c);
    if (media === undefined) return refused(c, refusal(20404));
    if (c.req.param("file").endsWith(".json")) return c.json(mediaJson(media));
    return c.redirect(`${new URL(c.req.url).origin}/_cdn/${media.sid}/${media.secret}`, 307);
  });

  app.delete("/Accounts/:account/Messages/:message/Media/:file", (c) => {
    const media = find(c);
    if (media === undefined) return refused(c, refusal(20404));
    sandbox.record({ k: "unmedia", sid: media.sid });
    return c.body(null, 204);
  });

  const belongs = (c: Context<TwilioEnv>, media: HostedMedia) =>
    media.account_sid === c.get("account").sid && media.message_sid === c.req.param("message");

  function find(c: Context<TwilioEnv>): HostedMedia | undefined {
    const media = state.media.get((c.req.param("file") ?? "").replace(/\.json$/, ""));
    return media !== undefined && belongs(c, media) ? media : undefined;
  }

  return app;
}

/** Where the files themselves lie: a store that is not Twilio's API and takes no credentials of it, as S3 does not. */
export function mediaFiles(sandbox: Sandbox): Hono {
  const app = new Hono();
  app.get("/:sid/:secret", (c) => {
    if (c.req.header("authorization") !== undefined)
      return c.text("Only one auth mechanism allowed; the address itself is one", 400);
    const media = sandbox.state.media.get(c.req.param("sid"));
    if (media?.secret !== c.req.param("secret")) return c.text("AccessDenied", 403);
    return c.body(Buffer.from(media.base64, "base64"), 200, { "content-type": media.content_type });
  });
  return app;
}

function mediaJson(media: HostedMedia): Record<string, unknown> {
  return {
    sid: media.sid,
    account_sid: media.account_sid,
    parent_sid: media.message_sid,
    content_type: media.content_type,
    date_created: rfc2822(media.at),
    date_updated: rfc2822(media.at),
    uri: `${pathOf(media)}.json`,
  };
}
