/** How well an entry of a workspace's knowledge answers what somebody asks. */

/** Words by the dictionary of the language (db/knowledge.ts), each once. */
export interface EntryWords {
  question: readonly string[];
  tags: readonly string[];
  answer: readonly string[];
}

export interface Match {
  /** 0–100. */
  score: number;
  /** Nothing was asked that the entry does not speak of. */
  whole: boolean;
}

/** From here on an entry has to do with what was asked: a model may answer by it. */
export const RELATED = 30;
/** From here on, with nothing left over and nothing close behind, it is the answer. */
const CLEAR = 60;
const AHEAD = 10;
/** A word that only the answer has shows less than one of the question. */
const BESIDE = 0.5;

/**
 * The score is the harmonic mean of how much of what was asked the entry speaks of, and how much of the entry's own
 * question was asked: "Do you open on Sundays?" is half of "Do you open on Saturdays?", and so no answer to it.
 */
export function matchOf(asked: readonly string[], entry: EntryWords): Match {
  const own = new Set([...entry.question, ...entry.tags]);
  const beside = new Set(entry.answer);
  const named = asked.filter((word) => own.has(word));
  const touched = asked.filter((word) => !own.has(word) && beside.has(word));
  if (named.length === 0 || entry.question.length === 0) return { score: 0, whole: false };
  const covered = (named.length + BESIDE * touched.length) / asked.length;
  const focus = Math.min(1, named.length / entry.question.length);
  return {
    score: Math.round((200 * covered * focus) / (covered + focus)),
    whole: named.length + touched.length === asked.length,
  };
}

/** The one of these, best first, that may be answered with as it is; undefined: none is clear enough. */
export function clearest<Found extends Match>(found: readonly Found[]): Found | undefined {
  const [best, next] = found;
  if (best === undefined || !best.whole || best.score < CLEAR) return undefined;
  return next !== undefined && best.score - next.score < AHEAD ? undefined : best;
}
