/** Where an e-mail was read; `proxy` is a server that fetches pictures or follows links for others. */
export const CLIENT_CLASSES = ["desktop", "mobile", "webmail", "proxy"] as const;
export type ClientClass = (typeof CLIENT_CLASSES)[number];

/** Servers of mailbox providers and scanners. Apple's privacy proxy says nothing but "Mozilla/5.0". */
const PROXY =
  /GoogleImageProxy|ggpht\.com|YahooMailProxy|YahooCacheSystem|OutlookImageProxy|bot\b|crawler|spider|scanner|barracuda|proofpoint|mimecast|symantec|trendmicro|headless|^(python|curl|wget|java|okhttp|go-http|axios|node)\b|^Mozilla\/5\.0$/i;
const MOBILE = /iPhone|iPad|iPod|Android|Mobile|Windows Phone|BlackBerry|Opera Mini/i;
const MAIL_PROGRAM =
  /Thunderbird|Outlook|MSOffice|ms-office|Microsoft Office|Airmail|Postbox|Lotus|Evolution|eM ?Client/i;
/** Apple Mail is WebKit without the name of a browser. */
const BARE_WEBKIT = /AppleWebKit\/[\d.]+ \(KHTML, like Gecko\)$/;
const BROWSER = /^Mozilla\/5\.0 .*(Chrome|Firefox|Safari|Edg|OPR)\//;

/**
 * The class of the program behind a user agent; null where it tells nothing. A browser on a desktop that opened an
 * e-mail is webmail; one that a link was opened with may have been called by any program there, so it is desktop.
 */
export function clientClassOf(userAgent: string, event: "open" | "click"): ClientClass | null {
  const text = userAgent.trim();
  if (text === "") return null;
  if (PROXY.test(text)) return "proxy";
  if (MOBILE.test(text)) return "mobile";
  if (MAIL_PROGRAM.test(text) || BARE_WEBKIT.test(text)) return "desktop";
  if (!BROWSER.test(text)) return null;
  return event === "open" ? "webmail" : "desktop";
}
