import type twilio from "twilio";
import type { Erased } from "../message.ts";

/** Twilio does not delete what is on its way: 409 with this code. */
const NOT_COMPLETE = 20009;

/**
 * Deletes a message's record, and with it text, addresses and media (Twilio deletes the media of a deleted message
 * since 2020-10-14). One that is on its way keeps its record for now, and loses its text at once.
 * https://www.twilio.com/docs/messaging/api/message-resource
 */
export async function eraseMessage(client: twilio.Twilio, sid: string): Promise<Erased> {
  try {
    await client.messages(sid).remove();
    return "erased";
  } catch (error) {
    if (statusOf(error) === 404) return "absent";
    if (statusOf(error) !== 409 && codeOf(error) !== NOT_COMPLETE) throw error;
  }
  try {
    await client.messages(sid).update({ body: "" });
  } catch (error) {
    const status = statusOf(error);
    // It refuses that too while it is on its way: the next look finds it further on.
    if (status === undefined || status >= 500 || status === 429) throw error;
  }
  return "later";
}

const statusOf = (error: unknown) => (error as { status?: number }).status;
const codeOf = (error: unknown) => (error as { code?: number }).code;
