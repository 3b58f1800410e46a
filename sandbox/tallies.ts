/** A part of the time, of one account or of all. */
export interface Span {
  accountSid: string | undefined;
  /** Epoch ms, inclusive and exclusive. */
  since: number;
  until: number;
}

/** How creates were answered: 2xx, 4xx by code, 5xx; and how often no answer could be given. */
export interface Answers {
  answered: { "2xx": number; "4xx": Record<string, number>; "5xx": Record<string, number> };
  could_not_answer: Record<string, number>;
}

interface Tally {
  second: number;
  account: string;
  key: string;
  count: number;
}

const UNANSWERED = [
  "dropped_before",
  "dropped_after_accept",
  "hung_before",
  "hung_after_accept",
  "closed_by_client",
];

/** Counts answers by second, account and key ("2xx", "400:21211", "dropped_before"). */
export class Tallies {
  readonly #tallies = new Map<string, Tally>();

  add(account: string, key: string, at: number, by: number): void {
    const second = Math.floor(at / 1000);
    const id = `${second}|${account}|${key}`;
    const tally = this.#tallies.get(id);
    if (tally) tally.count += by;
    else this.#tallies.set(id, { second, account, key, count: by });
  }

  clear(): void {
    this.#tallies.clear();
  }

  answersIn({ accountSid, since, until }: Span): Answers {
    const answered: Answers["answered"] = { "2xx": 0, "4xx": {}, "5xx": {} };
    const silent: Record<string, number> = Object.fromEntries(UNANSWERED.map((key) => [key, 0]));
    for (const { account, second, key, count } of this.#tallies.values()) {
      if (accountSid !== undefined && account !== accountSid) continue;
      if (second * 1000 + 999 < since || second * 1000 >= until) continue;
      if (key === "2xx") answered["2xx"] += count;
      else if (/^\d/.test(key)) {
        const [status = "", code = status] = key.split(":");
        const group = answered[status.startsWith("5") ? "5xx" : "4xx"];
        const name = status.startsWith("5") ? key.replace(/:20\d+$/, "") : code;
        group[name] = (group[name] ?? 0) + count;
      } else silent[key] = (silent[key] ?? 0) + count;
    }
    return { answered, could_not_answer: silent };
  }
}
