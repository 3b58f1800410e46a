import { type Logger, pino } from "pino";
import type { Config } from "./config.ts";

/** JSON lines on stdout. What could identify a person or open an account is blanked, wherever somebody logs it. */
export function createLog(config: Pick<Config, "LOG_LEVEL">, program: string): Logger {
  return pino({
    level: config.LOG_LEVEL,
    base: { program },
    redact: {
      paths: [
        "address",
        "phone",
        "email",
        "body",
        "text",
        "authorization",
        "*.address",
        "*.phone",
        "*.email",
        "*.body",
        "*.text",
        "*.authorization",
      ],
      censor: "[redacted]",
    },
  });
}
