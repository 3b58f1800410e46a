import { Hono } from "hono";
import { z } from "zod";
import type { Sandbox } from "../sandbox.ts";
import { opens, refused, type TwilioEnv } from "./access.ts";
import { approvalStatus, type Content } from "./contentModel.ts";
import { refusal } from "./errors.ts";
import { metaJson, pageOf } from "./paging.ts";
import { namedSid } from "./namedSid.ts";

const NewContent = z.object({
  friendly_name: z.string().default(""),
  language: z.string().min(2),
  variables: z.record(z.string(), z.string()).default({}),
  types: z
    .record(z.string(), z.record(z.string(), z.unknown()))
    .refine((types) => Object.keys(types).length > 0, "types is empty"),
});

const NewApproval = z.object({
  // WhatsApp takes nothing else as a template's name.
  name: z.string().regex(/^[a-z0-9_]{1,512}$/),
  category: z.enum(["MARKETING", "UTILITY", "AUTHENTICATION"]),
});

/** Content API: templates and their WhatsApp approval. Source: https://www.twilio.com/docs/content/content-api-resources */
export function contentRoutes(sandbox: Sandbox): Hono<TwilioEnv> {
  const { state } = sandbox;
  const app = new Hono<TwilioEnv>();

  // Other APIs have a /v1 as well: only these paths are this one's.
  app.on("ALL", ["/Content/*", "/ContentAndApprovals"], async (c, next) => {
    const credentials = Buffer.from(
      (c.req.header("authorization") ?? "").slice("Basic ".length),
      "base64",
    ).toString();
    const account = state.accounts.get(credentials.slice(0, credentials.indexOf(":")));
    if (!account || !opens(sandbox, account, c.req.header("authorization")))
      return refused(c, refusal(20003));
    c.set("account", account);
    return next();
  });

  app.post("/Content", async (c) => {
    const asked = NewContent.safeParse(await jsonOf(c.req.raw));
    if (!asked.success) return refused(c, refusal(20001, 400, z.prettifyError(asked.error)));
    const now = Date.now();
    const content: Content = {
      sid: namedSid("HX", `${state.run}|${state.contents.size}|${now}|${sandbox.random()}`),
      account_sid: c.get("account").sid,
      ...asked.data,
      created_at: now,
      updated_at: now,
      approval: {
        status: "unsubmitted",
        name: "",
        category: "",
        rejection_reason: "",
        decides_at: 0,
        then: "",
      },
    };
    sandbox.record({ k: "content", v: content });
    return c.json(contentJson(content, c.req.url), 201);
  });

  for (const path of ["/Content", "/ContentAndApprovals"] as const) {
    app.get(path, (c) => {
      const own = [...state.contents.values()].filter(
        (content) => content.account_sid === c.get("account").sid,
      );
      const url = new URL(c.req.url);
      const { size, token } = pageOf(url.searchParams);
      const start = Number(token ?? 0);
      const page = own.slice(start, start + size).map((content) => ({
        ...contentJson(content, c.req.url),
        ...(path === "/Content" ? {} : { approval_requests: approvalJson(content) }),
      }));
      const next = start + size < own.length ? String(start + size) : undefined;
      return c.json(metaJson("contents", page, url, next));
    });
  }

  app.get("/Content/:sid", (c) => {
    const content = find(c.req.param("sid"), c.get("account").sid);
    return content ? c.json(contentJson(content, c.req.url)) : refused(c, refusal(20404));
  });

  app.delete("/Content/:sid", (c) => {
    const content = find(c.req.param("sid"), c.get("account").sid);
    if (!content) return refused(c, refusal(20404));
    sandbox.record({ k: "uncontent", sid: content.sid });
    return c.body(null, 204);
  });

  app.post("/Content/:sid/ApprovalRequests/whatsapp", async (c) => {
    const content = find(c.req.param("sid"), c.get("account").sid);
    if (!content) return refused(c, refusal(20404));
    const asked = NewApproval.safeParse(await jsonOf(c.req.raw));
    if (!asked.success) return refused(c, refusal(20001, 400, z.prettifyError(asked.error)));
    if (!["unsubmitted", "rejected"].includes(approvalStatus(content, Date.now()))) {
      return refused(c, refusal(20001, 400, "The template was submitted before"));
    }
    const { approval, approval_ms } = state.settings;
    const now = Date.now();
    const submitted: Content = {
      ...content,
      updated_at: now,
      approval: {
        status: "pending",
        ...asked.data,
        rejection_reason: approval === "rejected" ? "INVALID_FORMAT" : "",
        decides_at: approval === "pending" ? 0 : now + approval_ms,
        then: approval,
      },
    };
    sandbox.record({ k: "content", v: submitted });
    return c.json({ ...approvalJson(submitted), status: "received" }, 201);
  });

  app.get("/Content/:sid/ApprovalRequests", (c) => {
    const content = find(c.req.param("sid"), c.get("account").sid);
    if (!content) return refused(c, refusal(20404));
    return c.json({
      sid: content.sid,
      account_sid: content.account_sid,
      whatsapp: { type: "whatsapp", ...approvalJson(content) },
      url: c.req.url,
    });
  });

  const find = (sid: string, account: string): Content | undefined => {
    const content = state.contents.get(sid);
    return content?.account_sid === account ? content : undefined;
  };

  return app;
}

async function jsonOf(request: Request): Promise<unknown> {
  try {
    return await request.json();
  } catch {
    return undefined;
  }
}

const iso = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

function contentJson(content: Content, requested: string): Record<string, unknown> {
  const url = `${new URL(requested).origin}/v1/Content/${content.sid}`;
  return {
    sid: content.sid,
    account_sid: content.account_sid,
    friendly_name: content.friendly_name,
    language: content.language,
    variables: content.variables,
    types: content.types,
    date_created: iso(content.created_at),
    date_updated: iso(content.updated_at),
    url,
    links: { approval_fetch: `${url}/ApprovalRequests`, approval_create: `${url}/ApprovalRequests/whatsapp` },
  };
}

function approvalJson(content: Content): Record<string, unknown> {
  const status = approvalStatus(content, Date.now());
  return {
    name: content.approval.name,
    category: content.approval.category,
    content_type: Object.keys(content.types)[0],
    status,
    rejection_reason: status === "rejected" ? content.approval.rejection_reason : "",
    allow_category_change: true,
  };
}
