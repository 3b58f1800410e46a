import { createServer } from "node:net";

function canListen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : undefined));
    });
  });
}

/** Ports that connections going out do not take (Linux gives those from 32768 on, other systems from 49152). */
const LASTING = { first: 15_000, count: 17_000 };
const given = new Set<number>();

/**
 * A free port of 127.0.0.1 that a part may come back to after its death: nobody's outgoing connection gets it
 * meanwhile, and this process gives it only once.
 */
export async function lastingPort(): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const port = LASTING.first + Math.floor(Math.random() * LASTING.count);
    if (given.has(port) || (await canListen(port)) === undefined) continue;
    given.add(port);
    return port;
  }
  throw new Error("no free TCP port on 127.0.0.1");
}

/** The usual port where it is free, any free one of 127.0.0.1 otherwise. */
export async function freePort(usual = 0): Promise<number> {
  const port = (await canListen(usual)) ?? (await canListen(0));
  if (port === undefined) throw new Error("no free TCP port on 127.0.0.1");
  return port;
}
