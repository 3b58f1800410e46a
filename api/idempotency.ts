import { createHash, randomBytes } from "node:crypto";
import { sql } from "kysely";
import type { Tx } from "../db/connect.ts";
import { findIdempotentAnswer, holdIdempotencyKey, keepIdempotentAnswer } from "../db/idempotency.ts";
import { DomainError } from "../domain/errors.ts";
import { seal, unseal } from "../domain/secrets.ts";
import { codedError, statusOf } from "./errors.ts";

/** An answer as it is kept: its status and the JSON text of its body. */
export interface KeptAnswer {
  status: number;
  body: string;
  /** It is the answer to an earlier request. */
  replayed: boolean;
}

export interface IdempotentRequest {
  workspaceId: string;
  key: string;
  /** Method and path: a key is good for one route. */
  route: string;
  body: string;
  sealingKey: Buffer;
}

/**
 * Does `work` once per key. Its answer is kept in the transaction that did it, so either both stand or neither;
 * it is sealed, as it may hold a secret that is stored nowhere else. Refusals of the request are kept as well,
 * faults (5xx) and refusals that pass by themselves are not.
 */
export async function once(
  tx: Tx,
  request: IdempotentRequest,
  work: () => Promise<{ status: number; body: string }>,
  refusalOf: (error: DomainError) => string,
): Promise<KeptAnswer> {
  const { workspaceId, key, route, sealingKey } = request;
  if (!(await holdIdempotencyKey(tx, workspaceId, key))) {
    throw new DomainError(
      "idempotency_in_progress",
      "The first request with this key has not been answered yet.",
      {
        fix: "Wait a moment and send it again.",
      },
    );
  }
  const bodyHash = createHash("sha256").update(route).update("\n").update(request.body).digest();
  const context = `idempotency_keys:${workspaceId}:${key}`;
  const kept = await findIdempotentAnswer(tx, workspaceId, key);
  if (kept) {
    if (!bodyHash.equals(kept.body_hash)) {
      throw new DomainError(
        "idempotency_mismatch",
        "This key came with another body or for another route before.",
        {
          field: "Idempotency-Key",
          fix: "Use a new key for a new request.",
        },
      );
    }
    if (kept.response === null) throw erased();
    const { sealed } = kept.response as { sealed: string };
    return {
      status: kept.status ?? 200,
      body: unseal(sealingKey, Buffer.from(sealed, "base64"), context),
      replayed: true,
    };
  }
  const answer = await answerOrRefusal(tx, work, refusalOf);
  await keepIdempotentAnswer(tx, {
    workspace_id: workspaceId,
    key,
    route,
    body_hash: bodyHash,
    status: answer.status,
    response: { sealed: seal(sealingKey, answer.body, context, randomBytes(12)).toString("base64") },
  });
  return { ...answer, replayed: false };
}

/** The work stands, but whom its answer named has been erased since (db/erasureRows.ts). */
function erased(): DomainError {
  return new DomainError(
    "gone",
    "The answer to the first request with this key named a person who was erased.",
    {
      fix: "It was carried out; do not repeat it.",
    },
  );
}

async function answerOrRefusal(
  tx: Tx,
  work: () => Promise<{ status: number; body: string }>,
  refusalOf: (error: DomainError) => string,
) {
  await sql`savepoint work`.execute(tx);
  try {
    return await work();
  } catch (error) {
    const refusal = codedError(error);
    if (!refusal || statusOf[refusal.code] >= 500) throw error;
    await sql`rollback to savepoint work`.execute(tx);
    return { status: statusOf[refusal.code], body: refusalOf(refusal) };
  }
}
