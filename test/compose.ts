import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

export type Service = {
  image?: string;
  build?: string;
  command?: string[];
  user?: string;
  environment?: Record<string, string | number>;
  healthcheck?: { test?: string[]; disable?: boolean };
  depends_on?: Record<string, { condition: string }>;
  ports?: string[];
  volumes?: string[];
};

export const composeText = readFileSync(join(import.meta.dirname, "..", "docker-compose.yml"), "utf8");
export const { services, volumes } = parse(composeText, { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
/** The services that run this project's own image. */
export const ours = Object.entries(services).filter(([, service]) => service.build !== undefined);
export const programs = ours.map(([name]) => name);

/** What the deployment's own variables could be; compose would take them from .env. */
const deployment: Record<string, string> = {
  POSTGRES_PASSWORD: "3f9c1a",
  SECRET_KEY: "x".repeat(44),
  PUBLIC_URL: "https://messages.example.com",
};

/** As compose fills in ${NAME}, ${NAME:-default} and ${NAME:?complaint}. */
export function environmentOf(name: string): Record<string, string> {
  const fill = (value: string) =>
    value.replace(
      /\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}/g,
      (_all, key: string, fallback = "") => deployment[key] ?? fallback,
    );
  const entries = Object.entries(services[name]?.environment ?? {});
  return Object.fromEntries(entries.map(([key, value]) => [key, fill(String(value))]));
}
