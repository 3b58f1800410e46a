import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ATTEMPT_RANK,
  ATTEMPT_STATES,
  attemptStateOfTwilio,
  CAMPAIGN_STATES,
  campaignStatesBefore,
  canCampaignMove,
  canMessageMove,
  climb,
  deriveMessageState,
  MESSAGE_STATES,
  MESSAGE_TRANSITIONS,
  messageStatesBefore,
} from "./receipts.ts";
import type { AttemptState, MessageState } from "./receipts.ts";

const attemptState = fc.constantFrom(...ATTEMPT_STATES);

describe("climb", () => {
  test("ends the same whatever the order and number of receipts", () => {
    fc.assert(
      fc.property(
        fc
          .array(attemptState, { minLength: 1 })
          .chain((news) =>
            fc.tuple(
              fc.constant(news),
              fc.shuffledSubarray([...news, ...news], { minLength: news.length * 2 }),
            ),
          ),
        ([news, shuffledTwice]) => {
          expect(shuffledTwice.reduce(climb, "open")).toBe(news.reduce(climb, "open"));
        },
      ),
    );
  });

  test.each<[AttemptState, AttemptState, AttemptState]>([
    ["sent", "accepted", "sent"],
    ["delivered", "sent", "delivered"],
    ["undelivered", "delivered", "delivered"],
    ["delivered", "failed", "delivered"],
    ["not_sent", "accepted", "accepted"],
    ["refused", "delivered", "delivered"],
    ["uncertain", "not_sent", "not_sent"],
    ["read", "delivered", "read"],
  ])("%s, then %s, is %s", (current, news, expected) => {
    expect(climb(current, news)).toBe(expected);
  });

  test("ranks are a total order", () => {
    expect(new Set(Object.values(ATTEMPT_RANK)).size).toBe(ATTEMPT_STATES.length);
  });
});

describe("attemptStateOfTwilio", () => {
  test.each([
    ["queued", "accepted"],
    ["sending", "accepted"],
    ["sent", "sent"],
    ["partially_delivered", "sent"],
    ["delivered", "delivered"],
    ["read", "read"],
    ["undelivered", "undelivered"],
    ["failed", "failed"],
    ["canceled", "cancelled"],
    ["received", undefined],
    ["brand-new-status", undefined],
    ["constructor", undefined],
  ])("%s is %s", (status, expected) => {
    expect(attemptStateOfTwilio(status)).toBe(expected);
  });
});

describe("deriveMessageState", () => {
  test.each<[string, MessageState, AttemptState[], boolean, MessageState, boolean]>([
    ["no attempt leaves it", "queued", [], false, "queued", false],
    ["a call in flight", "sending", ["open"], false, "sending", false],
    ["a call in doubt", "sending", ["uncertain"], false, "uncertain", false],
    ["an accepted call", "sending", ["accepted"], false, "accepted", false],
    ["a proven no goes back", "uncertain", ["not_sent"], false, "queued", false],
    ["a refusal ends it", "sending", ["refused"], false, "failed", false],
    ["a refusal with a retry queues it", "sending", ["refused"], true, "queued", false],
    ["undelivered ends it", "sent", ["undelivered"], false, "undelivered", false],
    ["undelivered with a retry queues it", "sent", ["undelivered"], true, "queued", false],
    ["failed after acceptance", "accepted", ["failed"], false, "failed", false],
    ["cancelled at the provider", "accepted", ["cancelled"], false, "cancelled", false],
    ["late delivery withdraws a queued retry", "queued", ["delivered"], false, "delivered", true],
    ["late delivery while a retry is in flight", "sending", ["delivered", "open"], false, "delivered", false],
    ["the second attempt counts", "sending", ["undelivered", "accepted"], false, "accepted", false],
    ["the best proof counts", "sent", ["read", "sent"], false, "read", false],
    ["a waiting retry stays queued", "queued", ["failed"], false, "queued", false],
    ["a cancelled retry stays cancelled", "cancelled", ["failed"], false, "cancelled", false],
    ["a cancelled retry whose first call arrived", "cancelled", ["delivered"], false, "delivered", false],
    ["a skipped retry stays skipped", "skipped", ["undelivered"], true, "skipped", false],
  ])("%s", (_name, current, attempts, retry, state, withdraw) => {
    expect(deriveMessageState(current, attempts, retry)).toEqual({ state, withdraw_retry: withdraw });
  });

  test("any proof wins over everything else", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...MESSAGE_STATES),
        fc.array(attemptState),
        fc.boolean(),
        (now, rest, retry) => {
          const { state } = deriveMessageState(now, [...rest, "read"], retry);
          expect(state).toBe("read");
        },
      ),
    );
  });
});

describe("transitions", () => {
  test("every state of a message that is not final can take a proof of delivery", () => {
    const final: MessageState[] = ["delivered", "read", "skipped", "received"];
    for (const state of MESSAGE_STATES)
      expect(canMessageMove(state, "delivered")).toBe(!final.includes(state));
  });

  test("nothing leads back from delivered, read, skipped and received to sending", () => {
    for (const state of ["delivered", "read", "skipped", "received"] as const) {
      expect(MESSAGE_TRANSITIONS[state]).not.toContain("queued");
    }
  });

  test("only what has an attempt that ended goes back to the queue", () => {
    expect(messageStatesBefore("queued")).toEqual(["sending", "uncertain", "accepted", "sent"]);
    expect(messageStatesBefore("sending")).toEqual(["queued"]);
  });

  test("a campaign that ended stays ended", () => {
    for (const from of ["completed", "cancelled", "failed"] as const) {
      for (const to of CAMPAIGN_STATES) expect(canCampaignMove(from, to)).toBe(false);
    }
  });

  test("states before running and cancelled", () => {
    expect(campaignStatesBefore("running")).toEqual(["draft", "scheduled", "paused"]);
    expect(campaignStatesBefore("cancelled")).toEqual(["draft", "scheduled", "running", "paused"]);
  });
});
