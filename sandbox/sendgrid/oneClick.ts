import type { Sandbox } from "../sandbox.ts";
import { acknowledged } from "../webhooks.ts";
import type { Mail } from "./model.ts";
import { oneClickUrl } from "./render.ts";
import type { End } from "./state.ts";

/** The person's mail program unsubscribes by the header, without cookies or redirects. Source: RFC 8058, 3.2 */
export function postOneClick(sandbox: Sandbox, mail: Mail): void {
  const url = oneClickUrl(mail);
  const { run } = sandbox.state;
  const settle = (end: End): void => sandbox.record({ k: "mail_one_click", n: mail.seq, end });
  if (url === undefined) {
    settle("lost");
    return;
  }
  sandbox.webhooks.send({
    lane: `mail|one-click|${mail.seq}`,
    make: () => ({
      url,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "List-Unsubscribe=One-Click",
      retries: 2,
      on5xx: true,
    }),
    done: (answer) => {
      // A reset in between gave the number to another mail.
      if (sandbox.state.run === run) settle(acknowledged(answer) ? "acknowledged" : "failed");
    },
  });
}
