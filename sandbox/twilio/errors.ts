/** A refusal as Twilio's REST API words it: HTTP status, code and message. */
export interface Refusal {
  status: number;
  code: number;
  message: string;
}

// Texts and statuses: https://www.twilio.com/docs/api/errors
const KNOWN: Record<number, [status: number, message: string]> = {
  20001: [400, "Invalid parameter"],
  20003: [401, "Authenticate"],
  20004: [405, "Method not allowed"],
  20009: [409, "Cannot delete this resource before it is complete"],
  20404: [404, "The requested resource was not found"],
  20429: [429, "Too Many Requests"],
  20500: [500, "Internal Server Error"],
  20503: [503, "Service Unavailable"],
  21211: [400, "Invalid 'To' Phone Number"],
  21212: [400, "Invalid From Number"],
  21408: [400, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number"],
  21602: [400, "Message body is required."],
  21603: [400, "A 'From' phone number is required."],
  21604: [400, "A 'To' phone number is required."],
  21606: [400, "The 'From' number is not a valid message-capable Twilio number for this destination/account"],
  21609: [400, "The 'StatusCallback' URL is not a valid URL."],
  21610: [400, "Attempt to send to unsubscribed recipient"],
  21611: [429, "This 'From' number has exceeded the maximum number of queued messages"],
  21614: [400, "'To' number is not a valid mobile number"],
  21617: [400, "The concatenated message body exceeds the 1600 character limit"],
  21623: [400, "Number of media files exceeds allowed limit"],
  21655: [400, "The ContentSid is invalid"],
  21656: [400, "The ContentVariables parameter is invalid"],
  21910: [400, "Invalid From and To pair. From and To should be of the same channel"],
  30001: [400, "Queue overflow"],
  30003: [400, "Unreachable destination handset"],
  30004: [400, "Message blocked"],
  30005: [400, "Unknown destination handset"],
  30006: [400, "Landline or unreachable carrier"],
  30007: [400, "Message filtered"],
  30008: [400, "Unknown error"],
  30034: [400, "US A2P 10DLC - Message from an unregistered number"],
  30409: [409, "This message cannot be canceled"],
  35111: [400, "SendAt is missing or not within the allowed time range"],
  35118: [400, "MessagingServiceSid is required to schedule a message"],
  63003: [400, "Channel could not find To address"],
  63007: [400, "Twilio could not find a Channel with the specified From address"],
  63014: [400, "Message was not delivered because it was blocked by a user action"],
  63016: [400, "Failed to send freeform message because you are outside the allowed window"],
  63018: [429, "Rate limit exceeded for Channel"],
  63024: [400, "Invalid message recipient"],
  63028: [400, "Number of parameters provided does not match the expected number of parameters"],
  63032: [400, "User is in a channel experiment and cannot be messaged"],
  63040: [400, "Template rejected"],
  63041: [400, "Template paused"],
  63042: [400, "Template disabled"],
  63049: [400, "Meta chose not to deliver this message"],
};

/** The refusal of a code; the status of an unlisted one is 400 unless given. */
export function refusal(code: number, status?: number, message?: string): Refusal {
  const known = KNOWN[code];
  return { status: status ?? known?.[0] ?? 400, code, message: message ?? known?.[1] ?? "Unknown error" };
}

export function errorMessageOf(code: number): string | null {
  return code === 0 ? null : (KNOWN[code]?.[1] ?? "Unknown error");
}

export function refusalBody(refused: Refusal): string {
  const { code, message, status } = refused;
  return JSON.stringify({ code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status });
}
