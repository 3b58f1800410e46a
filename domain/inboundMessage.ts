/** What comes with a message beside its text and its files. */
export type InboundParts = {
  button?: { text: string; payload: string | null };
  location?: { latitude: number; longitude: number; address: string | null; label: string | null };
  /** The SID of the message of ours that was quoted. */
  replied_to?: string;
  mail?: MailParts;
};

/** Of an e-mail. Its files are named, not kept. */
export interface MailParts {
  subject: string;
  attachments: { name: string; type: string; bytes: number }[];
  /** What the receiving server found: `pass`, `fail` and the like; per domain of a signature where it tells them. */
  spf: string;
  dkim: string;
  message_id: string | null;
  /** Message-IDs of those before it, oldest first. */
  references: string[];
  /** Our address that it came to, canonical. */
  to: string;
  /** Whether its address's domain has signed it, or let its server send it. */
  proven: boolean;
}

/** What an e-mail says of where it belongs. */
export interface MailPlace {
  /** Whom it was sent to, canonical: one or more of them may be ours. */
  recipients: string[];
  /** The conversation that its reply address was signed for. */
  conversationId: string | null;
  /** SendGrid's ids of the mails that it answers, from the nearest on. */
  answers: string[];
  /** A program has written it: an absence note, a receipt. */
  automatic: boolean;
}

/** A message that a person wrote to one of our senders, on whatever channel. */
export interface InboundMessage {
  channel: "whatsapp" | "sms" | "email";
  /** E.164, a WhatsApp user id where the person hides their number, or an e-mail address. */
  from: string;
  to: string;
  providerSid: string;
  body: string;
  media: readonly { url: string; type: string }[];
  /** What is neither text nor media. */
  parts: InboundParts | null;
  /** Of e-mail only. */
  mail: MailPlace | null;
  profileName: string | null;
  whatsappUserId: string | null;
  /** START, STOP or HELP where the provider has recognised it, and answers it. */
  optOutType: string | null;
  /** Null: just now. Older where it was found in the provider's list after its webhook was lost. */
  sentAt: Date | null;
  /** What the number says of the person's place, for somebody who is new. */
  place: { country: string | null; region: string | null; numberZones: string[]; phoneType: string | null };
}
