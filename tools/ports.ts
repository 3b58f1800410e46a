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

/** The usual port where it is free, any free one of 127.0.0.1 otherwise. */
export async function freePort(usual = 0): Promise<number> {
  const port = (await canListen(usual)) ?? (await canListen(0));
  if (port === undefined) throw new Error("no free TCP port on 127.0.0.1");
  return port;
}
