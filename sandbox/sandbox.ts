import { randomBytes } from "node:crypto";
import { Behaviours } from "./behaviours.ts";
import { Faults } from "./faults.ts";
import { Journal } from "./journal.ts";
import { LanguageScript } from "./language/script.ts";
import { Lifecycle } from "./lifecycle.ts";
import { seeded } from "./random.ts";
import { FULL_SCOPES } from "./sendgrid/access.ts";
import { MailBehaviours } from "./sendgrid/behaviours.ts";
import { MailLife } from "./sendgrid/mailLife.ts";
import { MailSettings } from "./sendgrid/settings.ts";
import { newSigningKey } from "./sendgrid/signing.ts";
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
  /** The key of the SendGrid account that always exists. */
  sendGridKey?: string;
  mailSettings?: Partial<MailSettings>;
}

export const DEFAULT_ACCOUNT_SID = "AC00000000000000000000000000000001";
export const DEFAULT_AUTH_TOKEN = "sandbox-auth-token";
export const DEFAULT_SENDGRID_KEY = "SG.sandbox.key-of-the-sandbox";
const MAIL_ACCOUNT = "default";

/** The stand-in without its HTTP surface: state, what happens by itself, and what is broken on purpose. */
export class Sandbox {
  readonly state: State;
  readonly behaviours: Behaviours;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly webhooks: Webhooks;
  readonly lifecycle: Lifecycle;
  readonly calls: CallLife;
  readonly mailBehaviours: MailBehaviours;
  readonly mail: MailLife;
  /** A reset does not change what others know of the sandbox: its keys. */
  readonly #signingKey = newSigningKey();
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
    if (options.mailSettings)
      this.state.mail.settings = MailSettings.parse({ ...this.state.mail.settings, ...options.mailSettings });
    this.random = seeded(settings.seed);
    this.behaviours = new Behaviours(this.state.rules);
    this.faults = new Faults(this.state.faults);
    this.webhooks = new Webhooks(() => this.state.settings);
    this.lifecycle = new Lifecycle(this);
    this.calls = new CallLife(this);
    this.mailBehaviours = new MailBehaviours(this.state.mail.rules);
    this.mail = new MailLife(this);
    if (this.state.run === "") this.#begin();
    this.#openAccounts();
    this.lifecycle.resume();
    this.calls.resume();
    this.mail.resume();
  }

  /** The one way to change the state: applied and put into the journal. */
  record(entry: Entry): void {
    this.state.apply(entry);
    this.journal.append(entry);
    if (entry.k === "rule") this.behaviours.add(entry.v);
    if (entry.k === "mail_rule") this.mailBehaviours.add(entry.v);
    if (entry.k === "norules") {
      this.behaviours.clear();
      this.mailBehaviours.clear();
    }
    if (entry.k === "faults") this.faults.add(entry.v);
    if (entry.k === "nofaults") this.faults.clear();
  }

  /** Back to the beginning; SIDs given out before are unknown from now on. */
  reset(): void {
    this.lifecycle.stop();
    this.calls.stop();
    this.mail.stop();
    this.webhooks.forget();
    this.state.clear();
    this.behaviours.clear();
    this.mailBehaviours.clear();
    this.faults.clear();
    this.language.clear();
    this.journal.empty();
    this.#begin();
    this.record({ k: "settings", v: Settings.parse(this.#options.settings ?? {}) });
    this.record({ k: "mail_settings", v: MailSettings.parse(this.#options.mailSettings ?? {}) });
    this.#openAccounts();
  }

  async close(): Promise<void> {
    this.lifecycle.stop();
    this.calls.stop();
    this.mail.stop();
    await this.webhooks.close();
    this.journal.close();
  }

  #begin(): void {
    this.record({ k: "start", run: randomBytes(10).toString("hex") });
  }

  #openAccounts(): void {
    this.#openMailAccount();
    const sid = this.#options.accountSid ?? DEFAULT_ACCOUNT_SID;
    const token = this.#options.authToken ?? DEFAULT_AUTH_TOKEN;
    if (this.state.accounts.get(sid)?.token === token) return;
    this.record({ k: "account", sid, token, at: Date.now() });
  }

  #openMailAccount(): void {
    const key = this.#options.sendGridKey ?? DEFAULT_SENDGRID_KEY;
    const known = this.state.mail.accounts.get(MAIL_ACCOUNT)?.record;
    if (known?.keys.some((one) => one.key === key)) return;
    const keys = [...(known?.keys ?? []), { key, scopes: FULL_SCOPES }];
    this.record({ k: "mail_account", v: { name: MAIL_ACCOUNT, ...this.#signingKey, ...known, keys } });
  }
}
