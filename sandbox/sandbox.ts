import { randomBytes } from "node:crypto";
import { Behaviours } from "./behaviours.ts";
import { Faults } from "./faults.ts";
import { Journal } from "./journal.ts";
import { LanguageScript } from "./language/script.ts";
import { Lifecycle } from "./lifecycle.ts";
import { seeded } from "./random.ts";
import { Settings } from "./settings.ts";
import { type Entry, State } from "./state.ts";
import { CallLife } from "./twilio/callsLife.ts";
import { Webhooks } from "./webhooks.ts";

export interface SandboxOptions {
  host?: string;
  /** 0 takes a free one. */
  port?: number;
  stateFile?: string;
  accountSid?: string;
  authToken?: string;
  settings?: Partial<Settings>;
}

export const DEFAULT_ACCOUNT_SID = "AC00000000000000000000000000000001";
export const DEFAULT_AUTH_TOKEN = "sandbox-auth-token";

/** The stand-in without its HTTP surface: state, what happens by itself, and what is broken on purpose. */
export class Sandbox {
  readonly state: State;
  readonly behaviours: Behaviours;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly webhooks: Webhooks;
  readonly lifecycle: Lifecycle;
  readonly calls: CallLife;
  readonly language = new LanguageScript();
  /** Its own address, once it listens. */
  origin = "";
  readonly random: () => number;
  readonly #options: SandboxOptions;

  constructor(options: SandboxOptions) {
    this.#options = options;
    const settings = Settings.parse(options.settings ?? {});
    this.state = new State(settings);
    this.journal = new Journal(options.stateFile);
    this.journal.replay((entry) => this.state.apply(entry as Entry));
    if (options.settings)
      this.state.settings = Settings.parse({ ...this.state.settings, ...options.settings });
    this.random = seeded(settings.seed);
    this.behaviours = new Behaviours(this.state.rules);
    this.faults = new Faults(this.state.faults);
    this.webhooks = new Webhooks(() => this.state.settings);
    this.lifecycle = new Lifecycle(this);
    this.calls = new CallLife(this);
    if (this.state.run === "") this.#begin();
    this.#openAccount();
    this.lifecycle.resume();
    this.calls.resume();
  }

  /** The one way to change the state: applied and put into the journal. */
  record(entry: Entry): void {
    this.state.apply(entry);
    this.journal.append(entry);
    if (entry.k === "rule") this.behaviours.add(entry.v);
    if (entry.k === "norules") this.behaviours.clear();
    if (entry.k === "faults") this.faults.add(entry.v);
    if (entry.k === "nofaults") this.faults.clear();
  }

  /** Back to the beginning; SIDs given out before are unknown from now on. */
  reset(): void {
    this.lifecycle.stop();
    this.calls.stop();
    this.webhooks.forget();
    this.state.clear();
    this.behaviours.clear();
    this.faults.clear();
    this.language.clear();
    this.journal.empty();
    this.#begin();
    this.record({ k: "settings", v: Settings.parse(this.#options.settings ?? {}) });
    this.#openAccount();
  }

  async close(): Promise<void> {
    this.lifecycle.stop();
    this.calls.stop();
    await this.webhooks.close();
    this.journal.close();
  }

  #begin(): void {
    this.record({ k: "start", run: randomBytes(10).toString("hex") });
  }

  #openAccount(): void {
    const sid = this.#options.accountSid ?? DEFAULT_ACCOUNT_SID;
    const token = this.#options.authToken ?? DEFAULT_AUTH_TOKEN;
    if (this.state.accounts.get(sid)?.token === token) return;
    this.record({ k: "account", sid, token, at: Date.now() });
  }
}
