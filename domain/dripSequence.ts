/** The steps of a drip sequence and what holds for all of them, as clients write and rows keep them. */
import { Duration } from "luxon";
import { z } from "zod";
import { SegmentFilter } from "./segmentFilter.ts";

/** What ends a sequence for one person before its last step. An opt-out does so always. */
export const STOP_EVENTS = ["reply", "opt_out", "conversion", "goal", "left_segment"] as const;
export type StopEvent = (typeof STOP_EVENTS)[number];

const LONGEST_DELAY_DAYS = 730;
export const MOST_STEPS = 50;
const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

const Clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be an hour of the day, such as 10:30");

const Window = z
  .strictObject({
    from: Clock,
    to: z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, "must be an hour of the day, such as 18:00"),
    days: z.array(z.enum(WEEKDAYS)).min(1).max(7).optional().describe("None: every day."),
  })
  .refine(({ from, to }) => from < to, { path: ["to"], error: "must be later than from" });

const Delay = z
  .string()
  .max(50)
  .refine(isDelay, `must be a duration of at most ${LONGEST_DELAY_DAYS} days, such as P3D or PT90M`);

function isDelay(text: string): boolean {
  const duration = Duration.fromISO(text);
  const days = duration.as("days");
  return duration.isValid && days >= 0 && days <= LONGEST_DELAY_DAYS;
}

/** A step over the schema of its conditions: the API's describes itself to OpenAPI, this module's does not. */
export const stepOver = <Filter extends z.ZodType<SegmentFilter>>(filter: Filter) =>
  z
    .strictObject({
      id: z
        .int()
        .min(1)
        .max(2_147_483_647)
        .optional()
        .describe(
          "As GET gave it, so that an edited step is known to be the same; none for a new one, or for one that is as it was.",
        ),
      delay_hours: z
        .number()
        .min(0)
        .max(LONGEST_DELAY_DAYS * 24)
        .optional(),
      delay: Delay.optional().describe(
        "ISO 8601; days and months are those of the person's calendar, whatever clocks do.",
      ),
      at_local_time: Clock.optional().describe(
        "Once the delay is over: when the person's clock shows this for the first time.",
      ),
      window: Window.optional().describe(
        "Once the delay is over: the first moment within these hours of the person's day.",
      ),
      message: z
        .string()
        .trim()
        .min(1)
        .max(1600)
        .optional()
        .describe("Text with {variables} and {variables|fallbacks}."),
      template_id: z.guid().optional(),
      channel: z
        .enum(["whatsapp", "sms", "email"])
        .optional()
        .describe("None: the campaign's. A step by e-mail names a template."),
      conditions: filter
        .optional()
        .describe("Who does not match when the step is due goes on without its message."),
      stop_on: z
        .array(z.enum(STOP_EVENTS))
        .max(STOP_EVENTS.length)
        .optional()
        .describe("For those who wait for this step, in place of the sequence's."),
    })
    .refine(({ delay_hours, delay }) => delay_hours === undefined || delay === undefined, {
      path: ["delay"],
      error: "give either delay_hours or delay",
    })
    .refine(({ at_local_time, window }) => at_local_time === undefined || window === undefined, {
      path: ["window"],
      error: "give either at_local_time or window",
    })
    .refine(({ message, template_id }) => (message === undefined) !== (template_id === undefined), {
      path: ["message"],
      error: "give exactly one of message and template_id",
    });
type GivenStep = z.infer<ReturnType<typeof stepOver<typeof SegmentFilter>>>;

/** A step as it came, perhaps without its id. */
export type NewStep = GivenStep;
/** A step of a version: its id is its own through all versions. */
export type Step = GivenStep & { id: number };

/** An event of a business that concerns a person; of its own naming. */
export const EventName = z
  .string()
  .regex(/^[a-z0-9_.-]{1,64}$/, "must be a short name in lower case, such as cart_abandoned");

const EventNames = z.array(EventName).max(20);

/** What holds for a whole sequence, over the schema of its goal. */
export const settingsOver = <Filter extends z.ZodType<SegmentFilter>>(filter: Filter) =>
  z.strictObject({
    stop_on: z
      .array(z.enum(STOP_EVENTS))
      .max(STOP_EVENTS.length)
      .default([...STOP_EVENTS])
      .describe(
        "What ends the sequence for a person. opt_out does always; left_segment concerns audiences with a segment.",
      ),
    reentry: z
      .boolean()
      .default(false)
      .describe("Whether somebody who is through may be enrolled again by the API or an event."),
    delays_from: z
      .enum(["previous", "enrollment"])
      .default("previous")
      .describe("Whether a step's delay counts from the step before it or from the enrollment."),
    continuous: z
      .boolean()
      .default(false)
      .describe("Whoever comes to be in the audience later is enrolled too."),
    enroll_every_seconds: z
      .int()
      .min(5)
      .max(86_400)
      .default(300)
      .describe("How often a continuous sequence looks for newcomers."),
    enroll_on: EventNames.default([]).describe(
      "Events (POST /v1/contacts/{id}/events) that enroll their person.",
    ),
    conversion_events: EventNames.default(["conversion"]).describe(
      "Events that count as a conversion, beside what POST /v1/conversions tells.",
    ),
    goal_events: EventNames.default(["goal"]).describe("Events that count as the goal."),
    goal: filter.optional().describe("Who matches this when a step is due has reached the goal."),
    keep_open: z
      .boolean()
      .default(false)
      .describe(
        "Stays running when everybody is through, for those who are yet to be enrolled; so does one that is continuous or enrolls by events.",
      ),
    spread_minutes: z
      .int()
      .min(0)
      .max(1_440)
      .default(240)
      .describe("Over how long steps are spread, at most, that came to be late: after a pause, say."),
  });

export const SequenceSettings = settingsOver(SegmentFilter);
export type SequenceSettings = z.infer<typeof SequenceSettings>;

/** Whether nobody can join any more once the audience has been enrolled, so that the sequence ends with its people. */
export function endsWithItsPeople(settings: SequenceSettings): boolean {
  return !settings.keep_open && !settings.continuous && settings.enroll_on.length === 0;
}

/** What ends the sequence for somebody who waits for this step. */
export function stopsOf(settings: SequenceSettings, step: Step): ReadonlySet<StopEvent> {
  return new Set([...(step.stop_on ?? settings.stop_on), "opt_out"]);
}
