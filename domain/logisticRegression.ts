import { CholeskyDecomposition, Matrix } from "ml-matrix";

/** What is known of one case, and whether it was so. */
export interface Case {
  values: readonly number[];
  is: boolean;
}

const MOST_STEPS = 50;
const CLOSE = 1e-8;

const longest = (move: Matrix) => Math.max(move.max(), -move.min());
const chance = (logit: number) => 1 / (1 + Math.exp(-logit));
/** ln(1 + e^x), without the overflow. */
const softplus = (x: number) => (x > 30 ? x : Math.log1p(Math.exp(x)));

/**
 * The coefficients of a logistic regression: one for each value, and behind them the constant. `prior` says how sure it
 * was before that a coefficient is 0 (one over its variance); the constant is free. Newton's method with steps that are
 * halved until they help; nothing in it is drawn, so that the same cases give the same answer.
 */
export function logisticRegression(cases: readonly Case[], prior: readonly number[]): number[] {
  const x = new Matrix(cases.map(({ values }) => [...values, 1]));
  const y = cases.map(({ is }) => Number(is));
  const precision = [...prior, 0];
  let found = Matrix.zeros(precision.length, 1);
  let loss = lossOf(x, y, precision, found);
  for (let step = 0; step < MOST_STEPS; step++) {
    let move = newton(x, y, precision, found);
    let next = Matrix.add(found, move);
    while (lossOf(x, y, precision, next) > loss && longest(move) > CLOSE) {
      move = Matrix.mul(move, 0.5);
      next = Matrix.add(found, move);
    }
    found = next;
    loss = lossOf(x, y, precision, found);
    if (longest(move) < CLOSE) break;
  }
  return found.to1DArray();
}

/** Of what was seen, and of what was thought before. */
function lossOf(x: Matrix, y: readonly number[], precision: readonly number[], at: Matrix): number {
  const logits = x.mmul(at).to1DArray();
  const seen = logits.reduce((sum, logit, i) => sum + softplus(logit) - (y[i] ?? 0) * logit, 0);
  return at.to1DArray().reduce((sum, one, i) => sum + ((precision[i] ?? 0) * one * one) / 2, seen);
}

function newton(x: Matrix, y: readonly number[], precision: readonly number[], at: Matrix): Matrix {
  const chances = x.mmul(at).to1DArray().map(chance);
  const pull = x.transpose().mmul(Matrix.columnVector(chances.map((p, i) => (y[i] ?? 0) - p)));
  // By roots, so that it is symmetric to the last digit, as the decomposition demands.
  const spread = x.clone().mulColumnVector(chances.map((p) => Math.sqrt(Math.max(p * (1 - p), 1e-12))));
  const bend = spread.transpose().mmul(spread);
  precision.forEach((one, i) => {
    pull.set(i, 0, pull.get(i, 0) - one * at.get(i, 0));
    bend.set(i, i, bend.get(i, i) + one);
  });
  return new CholeskyDecomposition(bend).solve(pull);
}
