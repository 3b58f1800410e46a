import pg from "pg";
import { DomainError } from "../domain/errors.ts";

/** Whether a statement failed because of this unique index: somebody else has the name or address already. */
export function breaksUnique(error: unknown, index: string): boolean {
  return error instanceof pg.DatabaseError && error.code === "23505" && error.constraint === index;
}

/** Gives what the statement gives. @throws DomainError `conflict` where its unique index says that the name is taken. */
export function unlessTaken<T>(
  name: { index: string; message: string; fix: string },
  statement: Promise<T>,
): Promise<T> {
  return statement.catch((error: unknown) => {
    throw breaksUnique(error, name.index)
      ? new DomainError("conflict", name.message, { field: "name", fix: name.fix })
      : error;
  });
}
