import { by, type TablePrivacy } from "./privacyWays.ts";

/** What only e-mail has beside the tables of every channel. */
export const emailTables = {
  email_contents: {
    holds: "Compiled e-mail: the workspace's words, and those of single messages to one person.",
    person: [by.contact()],
    erasure: "empty",
    retention: { age: "created_at", then: "empty" },
    // The workspace's own words stay: a sequence goes on sending them.
    busy: "contact_id is null",
    keeps: "id workspace_id campaign_id template_id contact_id language fingerprint size_bytes created_at",
    content: "subject preheader html text skeleton envelope attachments",
    emptied: {
      subject: "''",
      preheader: "''",
      html: "''",
      text: "''",
      skeleton: "'[]'",
      envelope: "'{}'",
      attachments: "'[]'",
    },
  },
  email_files: {
    holds: "Files that go with e-mails, each once: the workspace's own. What names them goes as it does.",
    retention: { own: "a day after the last e-mail that names it is gone or has another" },
    keeps: "workspace_id sha256 content_type created_at used_at",
    ours: "bytes",
    derived: "size",
  },
  email_calls: {
    holds: "Calls that took many messages at once: keys and outcomes.",
    keeps:
      "id workspace_id sender_id content_id rows intended_at outcome settled_at settled_by x_message_id error_code batch_id send_at",
  },
} as const satisfies Record<string, TablePrivacy>;
