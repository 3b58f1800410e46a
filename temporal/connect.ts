import { Client, Connection } from "@temporalio/client";
import type { Config } from "../config.ts";

/**
 * A client that does not wait for Temporal to be there: the API takes requests and the worker works off what is due
 * while it is away. Each call has a deadline of its own.
 */
export function connectTemporal(config: Pick<Config, "temporal">): Client {
  const { connectionOptions, namespace = "default" } = config.temporal;
  const { address, tls, apiKey, metadata } = connectionOptions;
  const connection = Connection.lazy({
    ...(address !== undefined && { address }),
    ...(tls !== undefined && { tls }),
    ...(apiKey !== undefined && { apiKey }),
    ...(metadata !== undefined && { metadata }),
  });
  return new Client({ connection, namespace });
}
