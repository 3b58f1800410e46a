import { Failure } from "./say.ts";

// Tools and tests read answers of every shape.
// oxlint-disable-next-line typescript/no-explicit-any
type Answer = any;

/** JSON in and out: `ask("POST /v1/campaigns", {…})` → the parsed answer. A file goes as it is, with its type. */
export type Ask = (request: string, body?: unknown) => Promise<Answer>;

/** @throws Failure with what the problem document says where the answer is not 2xx */
export function client(url: string, apiKey?: string): Ask {
  return async (request, body) => {
    const [method = "GET", path = "/"] = request.split(" ");
    const file = body instanceof Blob;
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
        ...(body !== undefined && { "content-type": file ? body.type : "application/json" }),
      },
      ...(body !== undefined && { body: file ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Failure(`${method} ${path.split("?")[0]}: ${response.status} ${why(text)}`);
    return text === "" ? undefined : JSON.parse(text);
  };
}

function why(text: string): string {
  try {
    const { title, detail, error } = JSON.parse(text);
    return [title, detail, error].filter(Boolean).join(": ");
  } catch {
    return text.slice(0, 200);
  }
}
