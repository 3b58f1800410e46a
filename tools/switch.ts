import { findAllSendingStopped, setAllSendingStopped } from "../db/switches.ts";
import { withDatabase } from "./database.ts";
import { Failure, main, say } from "./say.ts";

const usage = 'Usage: npm run switch -- stop "why" | resume | status';

// The stop switch for everything. It is read before each message is sent, so it needs neither Temporal nor the API.
await main(async () => {
  const [command, reason] = process.argv.slice(2);
  if (command === "stop" && !reason) throw new Failure(`Say why. ${usage}`);
  if (command !== "stop" && command !== "resume" && command !== "status") throw new Failure(usage);
  const row = await withDatabase((db) =>
    command === "status"
      ? findAllSendingStopped(db)
      : setAllSendingStopped(db, command === "stop", command === "stop" ? (reason ?? null) : null),
  );
  say(
    row.engaged_at
      ? `All sending is stopped since ${row.engaged_at.toISOString()}: ${row.reason ?? "no reason given"}`
      : "Sending is not stopped.",
  );
  return 0;
});
