// Where the subject is, by keyboard: [row, column, height, width] as fractions of the picture's sides.

import { around } from "./verdict.js";

const STEP = 0.05;

/** The region after an arrow key; the first key puts it in the middle. Null for Escape, undefined for others. */
export function regionAfterKey(region, key) {
  const moves = { ArrowUp: [-STEP, 0], ArrowDown: [STEP, 0], ArrowLeft: [0, -STEP], ArrowRight: [0, STEP] };
  if (key === "Escape") return null;
  if (!(key in moves)) return undefined;
  if (!region) return around(0.5, 0.5);
  const [row, column, height, width] = region;
  const [down, right] = moves[key];
  return around(row + height / 2 + down, column + width / 2 + right);
}
