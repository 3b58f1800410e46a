/** What the sandbox says of one message, as GET /_sandbox/messages gives it. */
export interface SandboxMessage {
  sid: string;
  to: string;
  /** The furthest receipt that was acknowledged; null where none was. */
  told: string | null;
  status: string;
}

/** The states that a message passes on its way to each end; Twilio tells each of them, and the first with the call itself. */
const WAYS: Record<string, readonly string[]> = {
  sent: ["accepted", "sent"],
  delivered: ["accepted", "sent", "delivered"],
  read: ["accepted", "sent", "delivered", "read"],
  undelivered: ["accepted", "sent", "undelivered"],
  failed: ["accepted", "failed"],
};
/** What counts for the message, furthest last; an attempt that ended badly counts for nothing. */
const PROOFS = ["accepted", "sent", "delivered", "read"];

/**
 * Whether a row may stand as it does, given what the sandbox told of its attempts. A receipt may have been applied
 * although its answer was lost with the process: of each attempt anything from what was acknowledged to what is true may
 * be known. The row stands where the best of its attempts puts it; it has ended badly where each of them has.
 */
export function isAsTold(state: string, seen: readonly SandboxMessage[]): boolean {
  const known = seen.map(({ told, status }) => {
    const way = WAYS[status] ?? ["accepted"];
    return way.slice(Math.max(0, way.indexOf(told ?? "accepted")));
  });
  if (state === "failed" || state === "undelivered")
    return known.every((states) => !PROOFS.includes(states.at(-1) ?? ""));
  const stands = PROOFS.indexOf(state);
  if (stands < 0) return false;
  const least = (states: readonly string[]) => Math.min(...states.map((one) => PROOFS.indexOf(one)));
  return known.some((states) => states.includes(state)) && known.every((states) => least(states) <= stands);
}
