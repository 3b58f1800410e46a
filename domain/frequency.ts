import type { Channel } from "./address.ts";
import { instantOf, localDay, nextMonday, weekOf } from "./localTime.ts";

/** A marketing message that went to this person, or is on its way: any campaign, any channel. */
export type Touch = { at: Date; channel: Channel };

/** How often somebody may be written to, and what they have had. Days and weeks (from Monday) are those of `zone`. */
export type FrequencyFacts = {
  /** The person's own. */
  zone: string;
  channel: Channel;
  recent: readonly Touch[];
  /** Colombia: not more than once a day, and not by several channels within one week. */
  ley_2300: boolean;
  /** E-mails that the person wants at most; null: as many as there are, or this is none. */
  own_per_week: number | null;
  cap_per_day: number | null;
  cap_per_week: number | null;
};

export type TooOften = {
  /** Epoch ms. */
  until: number;
  rule: "co_one_per_day" | "co_one_channel_per_week" | "own_frequency" | "cap_day" | "cap_week";
  detail: string;
};

/** What another marketing message now would be too many by, and until when; undefined where it is not. */
export function tooOften(on: FrequencyFacts, at: number): TooOften | undefined {
  const { zone, own_per_week, cap_per_day, cap_per_week } = on;
  const today = localDay(zone, at);
  const { thisDay, thisWeek, otherChannel, mails } = counted(on, today);
  const tomorrow = () => instantOf(zone, today + 1, 0);
  const monday = () => instantOf(zone, nextMonday(today), 0);

  if (on.ley_2300) {
    const law = "Colombia, Ley 2300";
    if (thisDay > 0)
      return { until: tomorrow(), rule: "co_one_per_day", detail: `${law}: one contact a day` };
    if (otherChannel)
      return { until: monday(), rule: "co_one_channel_per_week", detail: `${law}: one channel a week` };
  }
  if (own_per_week !== null && mails >= own_per_week) {
    const detail = `${mails} e-mails this week, the person wants at most ${own_per_week}`;
    return { until: monday(), rule: "own_frequency", detail };
  }
  if (cap_per_day !== null && thisDay >= cap_per_day)
    return { until: tomorrow(), rule: "cap_day", detail: `${thisDay} today, cap ${cap_per_day} a day` };
  if (cap_per_week !== null && thisWeek >= cap_per_week)
    return { until: monday(), rule: "cap_week", detail: `${thisWeek} this week, cap ${cap_per_week} a week` };
  return undefined;
}

function counted({ zone, channel, recent }: FrequencyFacts, today: number) {
  const counts = { thisDay: 0, thisWeek: 0, otherChannel: false, mails: 0 };
  for (const touch of recent) {
    const day = localDay(zone, touch.at.getTime());
    if (day === today) counts.thisDay++;
    if (weekOf(day) !== weekOf(today)) continue;
    counts.thisWeek++;
    if (touch.channel !== channel) counts.otherChannel = true;
    if (touch.channel === "email") counts.mails++;
  }
  return counts;
}
