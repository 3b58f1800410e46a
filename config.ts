import { type ClientConnectConfig, loadClientConnectConfig } from "@temporalio/envconfig";
import { z } from "zod";
import { LANGUAGE_PROVIDERS } from "./domain/language/providers.ts";
import { isWebhookKey } from "./providers/sendgrid/webhook.ts";

/** Text that may also be blank in an environment file, where blank means not given. */
const optional = z
  .string()
  .trim()
  .transform((text) => text || undefined)
  .optional();
const url = z.url({ protocol: /^https?$/ });
const unlessBlank = <T extends z.ZodType>(schema: T) =>
  z.preprocess((given) => (given === "" ? undefined : given), schema.optional());

const Environment = z.object({
  DATABASE_URL: z
    .string({ error: "is needed: postgres://user:password@host:5432/database" })
    .startsWith("postgres"),
  TEMPORAL_ADDRESS: z.string().default("127.0.0.1:7233"),
  TEMPORAL_NAMESPACE: z.string().default("default"),
  HOST: z.string().default("127.0.0.1"),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  PUBLIC_URL: url.default("http://127.0.0.1:8080").transform((base) => base.replace(/\/$/, "")),
  SECRET_KEY: z
    .string({ error: "is needed: 32 random bytes or more as text, e.g. from openssl rand -base64 32" })
    .min(32),
  TWILIO_ACCOUNT_SID: optional,
  TWILIO_AUTH_TOKEN: optional,
  TWILIO_API_BASE_URL: url.optional(),
  TWILIO_INTELLIGENCE_SERVICE_SID: optional,
  SENDGRID_API_KEY: optional,
  SENDGRID_API_BASE_URL: url.optional(),
  SENDGRID_WEBHOOK_PUBLIC_KEY: z
    .string()
    .default("")
    .transform((keys) => keys.split(",").flatMap((key) => key.trim() || []))
    .refine(
      (keys) => keys.every(isWebhookKey),
      "must be verification keys as SendGrid shows them, by commas",
    ),
  LLM_PROVIDER: z.enum(LANGUAGE_PROVIDERS).default("rules"),
  LLM_MODEL: optional,
  LLM_MAX_TOKENS: z.coerce.number().int().min(64).max(16_000).default(2_048),
  LLM_TEMPERATURE: unlessBlank(z.coerce.number().min(0).max(2)),
  ANTHROPIC_API_KEY: optional,
  ANTHROPIC_BASE_URL: unlessBlank(url),
  OPENAI_API_KEY: optional,
  OPENAI_BASE_URL: unlessBlank(url),
  OLLAMA_BASE_URL: unlessBlank(url),
  CORS_ORIGINS: z.string().default(""),
  RATE_LIMIT_PER_MINUTE: z.coerce.number().int().positive().default(1200),
  SEND_CONCURRENCY: z.coerce.number().int().min(1).max(5000).default(200),
  DATABASE_POOL: z.coerce.number().int().min(2).max(200).default(10),
  METRICS_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  UNCERTAIN_GRACE_SECONDS: z.coerce.number().min(1).optional(),
  CALL_TIMEOUT_SECONDS: z.coerce.number().min(0.1).max(60).default(10),
  LIST_LAG_SECONDS: z.coerce.number().min(0).default(5),
  RETRY_BASE_SECONDS: z.coerce.number().min(0.05).default(60),
  WORKFLOW_BUNDLE: optional,
  TASK_QUEUE: z.string().min(1).default("campanile"),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
});

export type Config = z.infer<typeof Environment> & {
  /** Address, namespace, TLS and API key, as every Temporal tool reads them from the environment. */
  temporal: ClientConnectConfig;
};

const LanguageEnvironment = Environment.pick({
  LLM_PROVIDER: true,
  LLM_MODEL: true,
  LLM_MAX_TOKENS: true,
  LLM_TEMPERATURE: true,
  ANTHROPIC_API_KEY: true,
  ANTHROPIC_BASE_URL: true,
  OPENAI_API_KEY: true,
  OPENAI_BASE_URL: true,
  OLLAMA_BASE_URL: true,
});
export type LanguageConfig = z.infer<typeof LanguageEnvironment>;

/** The part of it that language models need, for commands that need nothing else. */
export const readLanguageConfig = (environment: NodeJS.ProcessEnv = process.env): LanguageConfig =>
  checked(LanguageEnvironment, environment);

/** The names that config reads, for the documentation and for what checks deployment files against it. */
export const configNames = Object.keys(Environment.shape);

/**
 * Reads and checks the environment; nothing else in the program reads it.
 * Throws one error that names each variable at fault and what it should be.
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const settings = checked(Environment, environment);
  const given = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const temporal = loadClientConnectConfig({
    overrideEnvVars: Object.fromEntries(given),
    disableFile: true,
  });
  return { ...settings, temporal };
}

function checked<T>(schema: z.ZodType<T>, environment: NodeJS.ProcessEnv): T {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `  ${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`The environment is not complete:\n${faults.join("\n")}`);
}
