/** What a reply can mean. docs/language.md says what each label stands for. */
export const INTENTS = [
  "interested",
  "pricing",
  "question",
  "booking",
  "human_request",
  "complaint",
  "confirmation",
  "greeting",
  "thanks",
  "not_interested",
  "wrong_number",
  "out_of_office",
  "spam",
  "opt_out",
  "other",
] as const;
export type Intent = (typeof INTENTS)[number];

export const SENTIMENTS = ["negative", "neutral", "positive"] as const;
export type Sentiment = (typeof SENTIMENTS)[number];

export const URGENCIES = ["high", "medium", "low"] as const;
export type Urgency = (typeof URGENCIES)[number];
