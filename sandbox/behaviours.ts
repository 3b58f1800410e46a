import { z } from "zod";
import { shareOf } from "./random.ts";
import type { Settings } from "./settings.ts";
import { isWhatsApp, type Step } from "./twilio/model.ts";

const Share = z.number().min(0).max(1).default(0);
const Delay = z.number().int().min(0).max(86_400_000);

/** A share of the recipients for each way to behave; which one a recipient has depends on seed and address alone. */
const Mix = z.strictObject({
  seed: z.number().int().default(1),
  refused: Share,
  undelivered: Share,
  failed: Share,
  silent: Share,
  /** Of those who get it (WhatsApp only; the others are delivered). */
  read: z.number().min(0).max(1).default(1),
  reply: Share,
  opt_out: Share,
  replies: z
    .array(z.string().min(1))
    .min(1)
    .default(["Sí, me interesa. ¿Cuánto cuesta?", "Gracias, ¿dónde queda?", "Hola"]),
  opt_out_texts: z.array(z.string().min(1)).min(1).default(["STOP", "BAJA"]),
});

const Said = z.strictObject({ text: z.string().min(1), after_ms: Delay.optional() });

export const Behaviour = z.strictObject({
  outcome: z.enum(["delivered", "read", "undelivered", "failed", "refused", "silent"]).default("read"),
  /** Twilio error code of undelivered, failed and refused. */
  code: z.number().int().optional(),
  /** HTTP status of refused. */
  http_status: z.number().int().min(400).max(599).optional(),
  read_after_ms: Delay.optional(),
  reply: Said.optional(),
  opt_out: z.union([Said, z.literal(true)]).optional(),
  mix: Mix.optional(),
});
export type Behaviour = z.infer<typeof Behaviour>;

export const BehaviourRule = Behaviour.extend({
  match: z.union([
    z.strictObject({ to: z.string() }),
    z.strictObject({ suffix: z.string() }),
    z.strictObject({ prefix: z.string() }),
    z.strictObject({ account: z.string() }),
    z.strictObject({ from: z.string() }),
    z.strictObject({ all: z.literal(true) }),
  ]),
  /** Ends after so many creates. */
  times: z.number().int().min(1).optional(),
});
export type BehaviourRule = z.infer<typeof BehaviourRule>;

// Six digits: rare enough (one number in a million each) not to be met by chance in a file of contacts.
const ENDINGS: Record<string, Partial<Behaviour>> = {
  "550001": { outcome: "undelivered", code: 30005 },
  "550002": { outcome: "undelivered", code: 30003 },
  "550003": { outcome: "undelivered", code: 30007 },
  "550004": { outcome: "failed", code: 30008 },
  "550005": { outcome: "refused", code: 21211 },
  "550006": { outcome: "refused", code: 21614 },
  "550007": { outcome: "refused", code: 21610 },
  "550008": { outcome: "undelivered", code: 63024 },
  "550009": { outcome: "undelivered", code: 63049 },
  "550010": { outcome: "read", reply: { text: "Sí, me interesa" } },
  "550011": { outcome: "read", opt_out: { text: "STOP" } },
  "550012": { outcome: "read", opt_out: { text: "BAJA" } },
  "550013": { outcome: "delivered" },
  "550014": { outcome: "silent" },
  "550015": { outcome: "read", read_after_ms: 5_000 },
};

const DEFAULT: Behaviour = { outcome: "read" };

/** Finds how a recipient behaves: rules for exactly this address, then other rules, newest first, then the number's ending. */
export class Behaviours {
  readonly #exact = new Map<string, BehaviourRule[]>();
  readonly #others: BehaviourRule[] = [];

  constructor(rules: readonly BehaviourRule[]) {
    for (const rule of rules) this.add(rule);
  }

  add(rule: BehaviourRule): void {
    const own = { ...rule };
    if (!("to" in rule.match)) {
      this.#others.push(own);
      return;
    }
    const present = this.#exact.get(rule.match.to);
    if (present) present.push(own);
    else this.#exact.set(rule.match.to, [own]);
  }

  clear(): void {
    this.#exact.clear();
    this.#others.length = 0;
  }

  of(to: string, accountSid: string, from = ""): Behaviour {
    const plain = isWhatsApp(to) ? to.slice("whatsapp:".length) : to;
    const rule =
      newest(this.#exact.get(to)) ??
      newest(this.#exact.get(plain)) ??
      newest(this.#others, (other) => matches(other, { to, plain, accountSid, from }));
    if (!rule) return { ...DEFAULT, ...ENDINGS[plain.slice(-6)] };
    if (rule.times !== undefined) rule.times--;
    return rule.mix ? chosen(rule.mix, to) : rule;
  }
}

function newest(
  rules: BehaviourRule[] | undefined,
  fits: (rule: BehaviourRule) => boolean = () => true,
): BehaviourRule | undefined {
  return rules?.findLast((rule) => rule.times !== 0 && fits(rule));
}

function matches(
  { match }: BehaviourRule,
  of: { to: string; plain: string; accountSid: string; from: string },
): boolean {
  const { to, plain } = of;
  if ("suffix" in match) return plain.endsWith(match.suffix);
  if ("prefix" in match) return to.startsWith(match.prefix) || plain.startsWith(match.prefix);
  if ("account" in match) return match.account === of.accountSid;
  if ("from" in match) return match.from === of.from;
  return "all" in match;
}

function chosen(mix: z.infer<typeof Mix>, to: string): Behaviour {
  let fate = shareOf(mix.seed, to, "fate");
  const falls = (share: number): boolean => {
    const hit = fate >= 0 && fate < share;
    fate -= share;
    return hit;
  };
  if (falls(mix.refused)) return { outcome: "refused" };
  if (falls(mix.undelivered)) return { outcome: "undelivered" };
  if (falls(mix.failed)) return { outcome: "failed" };
  if (falls(mix.silent)) return { outcome: "silent" };
  const pick = (texts: string[]): string =>
    texts[Math.floor(shareOf(mix.seed, to, "text") * texts.length)] as string;
  const outcome = shareOf(mix.seed, to, "read") < mix.read ? "read" : "delivered";
  const answer = shareOf(mix.seed, to, "answer");
  if (answer < mix.opt_out) return { outcome, opt_out: { text: pick(mix.opt_out_texts) } };
  if (answer < mix.opt_out + mix.reply) return { outcome, reply: { text: pick(mix.replies) } };
  return { outcome };
}

/** What will happen to a message accepted at `now` (epoch ms), in order of time. Refused ones never get here. */
export function planOf(
  behaviour: Behaviour,
  whatsApp: boolean,
  settings: Settings,
  now: number,
  random: () => number,
): Step[] {
  const stretched = (ms: number): number => Math.round(ms * (1 + settings.spread * (2 * random() - 1)));
  if (behaviour.outcome === "failed") {
    return [{ at: now + stretched(settings.sent_ms), status: "failed", code: behaviour.code ?? 30008 }];
  }
  const sent: Step = { at: now + stretched(settings.sent_ms), status: "sent" };
  if (behaviour.outcome === "silent") return [{ ...sent, quiet: true }];
  const arrives = Math.max(sent.at, now + stretched(settings.delivered_ms));
  if (behaviour.outcome === "undelivered") {
    return [sent, { at: arrives, status: "undelivered", code: behaviour.code ?? (whatsApp ? 63024 : 30005) }];
  }
  const steps: Step[] = [sent, { at: arrives, status: "delivered" }];
  let last = arrives;
  if (whatsApp && behaviour.outcome === "read") {
    last = Math.max(arrives, now + (behaviour.read_after_ms ?? stretched(settings.read_ms)));
    steps.push({ at: last, status: "read" });
  }
  return [...steps, ...answersOf(behaviour, last, stretched(settings.reply_ms))];
}

function answersOf(behaviour: Behaviour, after: number, usual: number): Step[] {
  const answers: Step[] = [];
  if (behaviour.reply)
    answers.push({ at: after + (behaviour.reply.after_ms ?? usual), says: behaviour.reply.text });
  if (behaviour.opt_out) {
    const said = behaviour.opt_out === true ? { text: "STOP" } : behaviour.opt_out;
    answers.push({ at: after + (said.after_ms ?? usual), says: said.text });
  }
  return answers.sort((one, other) => one.at - other.at);
}
