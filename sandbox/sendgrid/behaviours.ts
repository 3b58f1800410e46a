import { z } from "zod";
import { shareOf } from "../random.ts";

const Share = z.number().min(0).max(1).default(0);
const Delay = z.number().int().min(0).max(86_400_000);

const OUTCOMES = [
  "delivered",
  "open",
  "click",
  "bounce",
  "blocked",
  "dropped",
  "deferred",
  "expired",
  "silent",
  "refused",
] as const;

/** A share of the recipients for each way to behave; which one a recipient has depends on seed and address alone. */
const MailMix = z.strictObject({
  seed: z.number().int().default(1),
  refused: Share,
  bounce: Share,
  blocked: Share,
  dropped: Share,
  /** Deferred, then delivered. */
  deferred: Share,
  silent: Share,
  /** Of those who get it. */
  open: z.number().min(0).max(1).default(1),
  machine_open: Share,
  click: Share,
  reply: Share,
  spamreport: Share,
  unsubscribe: Share,
  one_click: Share,
  replies: z
    .array(z.string().min(1))
    .min(1)
    .default(["Sí, me interesa. ¿Cuánto cuesta?", "Gracias, ¿dónde queda?"]),
});

export const MailBehaviour = z.strictObject({
  /**
   * bounce: hard (5.1.1); blocked: refused for now; dropped: by SendGrid, invalid; deferred: put off, then delivered and
   * opened; expired: put off until SendGrid gives up; silent: no event ever; refused: the whole call is answered with 400.
   */
  outcome: z.enum(OUTCOMES).default("open"),
  reason: z.string().optional(),
  /** Enhanced status code of a bounce: 5.1.1 */
  status: z.string().optional(),
  /** How often it is put off. */
  deferrals: z.number().int().min(1).max(8).optional(),
  delivered_after_ms: Delay.optional(),
  open_after_ms: Delay.optional(),
  /** How often it is opened. */
  opens: z.number().int().min(1).max(5).optional(),
  click_url: z.url().optional(),
  /** The person's program opens it before anybody looks. */
  machine_open: z.boolean().optional(),
  spamreport: z.boolean().optional(),
  /** By SendGrid's own link: of everything, or of the group of the call. */
  unsubscribe: z.boolean().optional(),
  group_unsubscribe: z.boolean().optional(),
  /** The person's program posts to the List-Unsubscribe header's URL (RFC 8058). */
  one_click: z.boolean().optional(),
  /** The person answers, which comes by Inbound Parse; `auto`: a machine does, and says so (RFC 3834). */
  reply: z
    .strictObject({
      text: z.string().min(1),
      subject: z.string().optional(),
      after_ms: Delay.optional(),
      auto: z.boolean().optional(),
    })
    .optional(),
  mix: MailMix.optional(),
});
export type MailBehaviour = z.infer<typeof MailBehaviour>;

export const MailRule = MailBehaviour.extend({
  channel: z.literal("email"),
  match: z.union([
    z.strictObject({ to: z.string() }),
    z.strictObject({ suffix: z.string() }),
    z.strictObject({ prefix: z.string() }),
    z.strictObject({ domain: z.string() }),
    z.strictObject({ account: z.string() }),
    z.strictObject({ from: z.string() }),
    z.strictObject({ all: z.literal(true) }),
  ]),
  /** Ends after so many mails. */
  times: z.number().int().min(1).optional(),
});
export type MailRule = z.infer<typeof MailRule>;

/** Behaviours by the tag of an address (ana+bounce@…), or the first label of a reserved domain (ana@bounce.example). */
const TAGS: Record<string, MailBehaviour> = {
  delivered: { outcome: "delivered" },
  read: { outcome: "open" },
  open: { outcome: "open" },
  machine: { outcome: "delivered", machine_open: true },
  click: { outcome: "click" },
  bounce: { outcome: "bounce" },
  block: { outcome: "blocked" },
  drop: { outcome: "dropped" },
  defer: { outcome: "deferred" },
  expire: { outcome: "expired" },
  slow: { outcome: "open", delivered_after_ms: 5_000 },
  spam: { outcome: "open", spamreport: true },
  unsubscribe: { outcome: "open", unsubscribe: true },
  group: { outcome: "open", group_unsubscribe: true },
  oneclick: { outcome: "open", one_click: true },
  reply: { outcome: "open", reply: { text: "Sí, me interesa" } },
  auto: { outcome: "delivered", reply: { text: "Estoy fuera de la oficina hasta el lunes.", auto: true } },
  silent: { outcome: "silent" },
  refuse: { outcome: "refused" },
};
const RESERVED = /@([a-z]+)\.(?:[a-z0-9.-]+\.)?(?:example|test|invalid)$/i;
const USUAL: MailBehaviour = { outcome: "open" };

interface Live {
  match: MailRule["match"];
  behaviour: MailBehaviour;
  left: number;
}

/** Finds how a recipient behaves: rules for exactly this address, then other rules, newest first, then the tag. */
export class MailBehaviours {
  readonly #exact = new Map<string, Live[]>();
  readonly #others: Live[] = [];

  constructor(rules: readonly MailRule[]) {
    for (const rule of rules) this.add(rule);
  }

  add({ channel: _, match, times, ...behaviour }: MailRule): void {
    const live: Live = { match, behaviour, left: times ?? Number.POSITIVE_INFINITY };
    if (!("to" in match)) {
      this.#others.push(live);
      return;
    }
    const present = this.#exact.get(match.to);
    if (present) present.push(live);
    else this.#exact.set(match.to, [live]);
  }

  clear(): void {
    this.#exact.clear();
    this.#others.length = 0;
  }

  of(to: string, account: string, from: string): MailBehaviour {
    const live =
      this.#exact.get(to)?.findLast(({ left }) => left > 0) ??
      this.#others.findLast(({ match, left }) => left > 0 && matches(match, to, account, from));
    if (!live) return tagged(to);
    live.left--;
    return live.behaviour.mix ? chosen(live.behaviour.mix, to) : live.behaviour;
  }
}

function matches(match: MailRule["match"], to: string, account: string, from: string): boolean {
  if ("suffix" in match) return to.endsWith(match.suffix);
  if ("prefix" in match) return to.startsWith(match.prefix);
  if ("domain" in match) return to.endsWith(`@${match.domain}`);
  if ("account" in match) return match.account === account;
  if ("from" in match) return match.from === from;
  return "all" in match;
}

function tagged(to: string): MailBehaviour {
  const plus = to.indexOf("+");
  if (plus > 0) {
    const tag = to.slice(plus + 1, to.indexOf("@", plus));
    if (Object.hasOwn(TAGS, tag)) return TAGS[tag] as MailBehaviour;
  }
  const label = RESERVED.exec(to)?.[1]?.toLowerCase() ?? "";
  return Object.hasOwn(TAGS, label) ? (TAGS[label] as MailBehaviour) : USUAL;
}

function chosen(mix: z.infer<typeof MailMix>, to: string): MailBehaviour {
  let fate = shareOf(mix.seed, to, "fate");
  for (const outcome of ["refused", "bounce", "blocked", "dropped", "silent"] as const) {
    if (fate < mix[outcome]) return { outcome };
    fate -= mix[outcome];
  }
  const of = (trait: string): number => shareOf(mix.seed, to, trait);
  const opens = of("open") < mix.open;
  const outcome = opens ? (of("click") < mix.click ? "click" : "open") : "delivered";
  const behaviour: MailBehaviour = { outcome };
  if (fate < mix.deferred) behaviour.deferrals = 1;
  if (of("machine") < mix.machine_open) behaviour.machine_open = true;
  let answer = of("answer");
  for (const act of ["spamreport", "unsubscribe", "one_click"] as const) {
    if (answer < mix[act]) return { ...behaviour, [act]: true };
    answer -= mix[act];
  }
  if (answer >= mix.reply) return behaviour;
  return {
    ...behaviour,
    reply: { text: mix.replies[Math.floor(of("text") * mix.replies.length)] as string },
  };
}
