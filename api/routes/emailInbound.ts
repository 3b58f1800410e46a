import { z } from "@hono/zod-openapi";
import { inboundToken } from "../../domain/email/inboundToken.ts";
import type { Routes } from "../route.ts";

const Inbound = z
  .object({
    url: z.string().openapi({
      description: "Who knows it can write in anybody's name: keep it as you keep a password.",
      example: "https://campanile.example.com/webhooks/sendgrid/inbound/AZrm…",
    }),
  })
  .openapi("EmailInbound");

/** Where e-mail that people write comes in. */
export const emailInboundRoutes: Routes = ({ route }, { config, inboundKey }) => {
  route(
    {
      operationId: "getEmailInbound",
      method: "get",
      path: "/v1/email/inbound",
      tag: "E-mail",
      summary: "Show where SendGrid posts the mail that people write",
      description:
        "Set it as the destination URL of SendGrid's Inbound Parse, for the domain that your senders' addresses or their reply_to are of. It stays the same for as long as SECRET_KEY does.",
      answer: Inbound,
    },
    ({ auth }) =>
      Promise.resolve({
        url: `${config.PUBLIC_URL}/webhooks/sendgrid/inbound/${inboundToken(inboundKey, auth.workspaceId)}`,
      }),
  );
};
