/** Every string, and every run of bytes read as UTF-8: payloads, summaries, details. */
export function collectText(value: unknown, into: string[]): void {
  if (typeof value === "string") into.push(value);
  else if (value instanceof Uint8Array) into.push(Buffer.from(value).toString("utf8"));
  else if (typeof value === "object" && value !== null)
    for (const one of Object.values(value)) collectText(one, into);
}
