// From blur maps to verdicts: is a photo blurred, how, and is a warning due? The same over frames.
// The definition is docs/verdict.md; tests/golden holds the cases that Python, Kotlin and this file all run.

export const GRID = 30;
export const WINDOW = 3;
export const WARN_SCORE = 0.5;
export const TYPES = ["motion", "defocus", "blur"];
export const NOTHING_TO_JUDGE = "nothing to judge";
export const TOO_SMALL = "too small";
export const LEAST_CONTRAST = 16;
export const SHARP_FINENESS = 0.4;
export const LEAST_FINENESS = 0.25;
export const LEAST_SIDE = 48; // pixels
export const MUCH_ENLARGED = 1.25;
export const TOO_ENLARGED = 1.5;
export const TAP_SIDE = 0.2;
const LEAST_REGION = 1e-6; // as a fraction of the photo: less is lost in rounding

// Over frames, in seconds but for the scores.
export const QUIET_SCORE = WARN_SCORE - 0.1;
export const SMOOTHING = 0.2;
export const TYPE_SMOOTHING = 0.5;
export const APPEAR_AFTER = 0.3;
export const VANISH_AFTER = 0.2;
export const SHOWN_FOR = 1.0;
export const HIDDEN_FOR = 0.5;
export const OTHER_REASON = 2.0;
export const LONGEST_GAP = 2.0;
export const JUDGED_BELOW = 0.2;
export const UNJUDGED_ABOVE = 0.8;

const WHOLE = [0, 0, 1, 1];

/**
 * Judges a photo by its blur map.
 * @param {{rows: number, columns: number, classes: number, values: ArrayLike<number>}} map Probabilities.
 * @param {{blurredThreshold: number, evenOdds: number, motionOdds: number, inputSide: number}} calibration The contract's.
 * @param {?{contrast: number, fineness: number, height: number, width: number, region: number[]}} detail What was
 *   measured of the photo and the region; null: nothing, and the photo is judged.
 * @param {?number[]} region [row, column, height, width] as fractions of the photo's sides; null: the detail's, or all.
 */
export function assess(map, calibration, detail = null, region = null) {
  checkMap(map);
  const box = checkedRegion(region ?? detail?.region ?? WHOLE);
  const enlargement = detail ? calibration.inputSide / Math.max(detail.height, detail.width) : 0;
  const obstacle = detail && obstacleOf(detail, enlargement);
  if (obstacle) return unjudged(obstacle);
  const cells = grid(map, box);
  const size = [windowSize(box[2]), windowSize(box[3])];
  const windows = windowMeans(cells, size);
  const best = windows.reduce((found, window) => (window.mean > found.mean ? window : found)); // first of equals
  const score = scoreOf(best.mean, calibration.evenOdds / (detail ? softnessOf(detail.fineness) : 1));
  const warn = score > WARN_SCORE;
  const shares = sharesOf(cells, calibration);
  const blurType = typeOfBlur(cells, shares, calibration.motionOdds);
  return {
    judged: true,
    warn,
    reason: warn ? blurType : "none",
    score,
    blurType,
    ...shares,
    sharpBox: sharpBox(cells, best, size, box),
    notes: [...(enlargement > MUCH_ENLARGED ? ["enlarged"] : []), ...(calibration.evenOdds === 1 ? ["uncalibrated"] : [])],
  };
}

/** Why a photo can't be judged; null if it can. */
function obstacleOf({ contrast, height, width }, enlargement) {
  if (Math.min(height, width) < LEAST_SIDE || enlargement > TOO_ENLARGED) return TOO_SMALL;
  return contrast < LEAST_CONTRAST ? NOTHING_TO_JUDGE : null;
}

function unjudged(reason) {
  const nothing = { score: null, blurType: null, blurredShare: null, motionShare: null, defocusShare: null, sharpBox: null };
  return { judged: false, warn: false, reason, ...nothing, notes: [] };
}

/** The region that a tap means: a box around it, moved inwards where it would leave the photo. */
export function around(row, column, side = TAP_SIDE) {
  const first = (centre) => Math.min(Math.max(centre - side / 2, 0), 1 - side);
  return [first(row), first(column), side, side];
}

function checkMap({ rows, columns, classes, values }) {
  const fits = (classes === 2 || classes === 3) && rows * columns > 0 && values.length === rows * columns * classes;
  if (!fits) throw new RangeError(`map: expected rows x columns x 2 or 3 values, received ${values.length}`);
  if (!values.every(Number.isFinite)) throw new RangeError("map: expected finite probabilities");
}

function checkedRegion(region) {
  const [row, column, height, width] = region;
  const inside = row >= 0 && column >= 0 && row + height <= 1 + 1e-9 && column + width <= 1 + 1e-9;
  if (inside && Math.min(height, width) >= LEAST_REGION) return region;
  throw new RangeError(
    `region: expected [row, column, height, width] inside the photo, sides of at least ${LEAST_REGION}, received ${region}`,
  );
}

/** Area averages on GRID x GRID cells, each with one value for every class. */
function grid(map, [row, column, height, width]) {
  const down = overlaps(map.rows, row, height);
  const across = overlaps(map.columns, column, width);
  const cells = [];
  for (const vertical of down) {
    for (const horizontal of across) {
      const cell = new Float64Array(map.classes);
      vertical.forEach(([i, a]) => {
        horizontal.forEach(([j, b]) => {
          const at = (i * map.columns + j) * map.classes;
          for (let c = 0; c < map.classes; c++) cell[c] += a * b * map.values[at + c];
        });
      });
      cells.push(cell.map(rounded)); // so that equal sums are equal whatever the order of adding
    }
  }
  return cells;
}

const rounded = (value) => Math.round(value * 1e9) / 1e9;

/** For every cell: the pixels that it covers and their shares of it. */
function overlaps(length, start, extent) {
  return Array.from({ length: GRID }, (_, cell) => {
    const low = (start + (extent * cell) / GRID) * length;
    const high = (start + (extent * (cell + 1)) / GRID) * length;
    const found = [];
    for (let pixel = Math.max(0, Math.floor(low)); pixel < Math.min(length, Math.ceil(high)); pixel++) {
      const overlap = Math.min(high, pixel + 1) - Math.max(low, pixel);
      if (overlap > 0) found.push([pixel, overlap]);
    }
    const total = found.reduce((sum, [, overlap]) => sum + overlap, 0);
    return found.map(([pixel, overlap]) => [pixel, overlap / total]);
  });
}

const windowSize = (extent) => Math.min(GRID, Math.floor(WINDOW / extent + 0.5));

/** The sharpest window's P(blurred), its odds divided by `evenOdds`. */
function scoreOf(sharp, evenOdds) {
  const blurred = Math.min(Math.max(1 - sharp, 0), 1);
  return blurred / (blurred + evenOdds * (1 - blurred));
}

/** What the odds of blur are multiplied by: 1 for a photo that has fine detail, up to 2.56. */
function softnessOf(fineness) {
  const ratio = SHARP_FINENESS / Math.min(Math.max(fineness, LEAST_FINENESS), SHARP_FINENESS);
  return ratio * ratio;
}

/** The mean P(sharp) of every window, in reading order, rounded so that equal windows are equal. */
function windowMeans(cells, [high, wide]) {
  // sums[i][j] is the sum of the cells above and to the left of (i, j).
  const sums = Array.from({ length: GRID + 1 }, () => new Float64Array(GRID + 1));
  for (let i = 0; i < GRID; i++) {
    for (let j = 0; j < GRID; j++) {
      sums[i + 1][j + 1] = cells[i * GRID + j][0] + sums[i][j + 1] + sums[i + 1][j] - sums[i][j];
    }
  }
  const windows = [];
  for (let top = 0; top + high <= GRID; top++) {
    for (let left = 0; left + wide <= GRID; left++) {
      const sum = sums[top + high][left + wide] - sums[top][left + wide] - sums[top + high][left] + sums[top][left];
      windows.push({ top, left, mean: rounded(sum / (high * wide)) });
    }
  }
  return windows;
}

/** The shares of the cells that are blurred, in all and by type. */
function sharesOf(cells, { blurredThreshold, motionOdds }) {
  const typed = cells[0].length === 3;
  let [motion, defocus] = [0, 0];
  for (const cell of cells) {
    if (1 - cell[0] <= blurredThreshold) continue;
    if (typed && cell[1] >= motionOdds * cell[2]) motion++;
    else defocus++;
  }
  return {
    blurredShare: (motion + defocus) / cells.length,
    motionShare: typed ? motion / cells.length : null,
    defocusShare: typed ? defocus / cells.length : null,
  };
}

/** The type that blurs more cells; of equally many, the one with the larger sum of probabilities. */
function typeOfBlur(cells, { motionShare: motion, defocusShare: defocus }, motionOdds) {
  if (motion === null) return "blur";
  if (motion !== defocus) return motion > defocus ? "motion" : "defocus";
  const sum = (channel) => cells.reduce((total, cell) => total + cell[channel], 0);
  return sum(1) >= motionOdds * sum(2) ? "motion" : "defocus";
}

/** The box around the sharp cells that are connected to the sharpest window. */
function sharpBox(cells, best, [high, wide], [row, column, height, width]) {
  const isSharp = (i, j) => i >= 0 && j >= 0 && i < GRID && j < GRID && cells[i * GRID + j][0] > 0.5;
  const reached = new Set();
  const open = [];
  const reach = (i, j) => {
    if (isSharp(i, j) && !reached.has(i * GRID + j)) {
      reached.add(i * GRID + j);
      open.push([i, j]);
    }
  };
  for (let i = best.top; i < best.top + high; i++) {
    for (let j = best.left; j < best.left + wide; j++) reach(i, j);
  }
  while (open.length) {
    const [i, j] = open.pop();
    for (const [down, right] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) reach(i + down, j + right);
  }
  if (!reached.size) return null;
  const rows = [...reached].map((cell) => Math.floor(cell / GRID));
  const columns = [...reached].map((cell) => cell % GRID);
  const [top, bottom] = [Math.min(...rows), Math.max(...rows)];
  const [left, right] = [Math.min(...columns), Math.max(...columns)];
  return [
    row + (height * top) / GRID,
    column + (width * left) / GRID,
    (height * (bottom + 1 - top)) / GRID,
    (width * (right + 1 - left)) / GRID,
  ];
}

/** Makes a warning that neither flickers nor sticks from the verdicts of frames: call `update` with each. */
export class Frames {
  constructor() {
    this.#restart();
  }

  #time;
  #score;
  #judged;
  #unjudged; // the smoothed share of frames without a verdict
  #weights;
  #shown;
  #reason;
  #since; // since when a change has been due
  #changed;
  #reasonChanged;

  #restart() {
    this.#time = this.#since = null;
    this.#score = this.#unjudged = 0;
    this.#judged = true;
    this.#weights = Object.fromEntries(TYPES.map((name) => [name, 0]));
    this.#shown = false;
    this.#reason = "none";
    this.#changed = this.#reasonChanged = -Infinity;
  }

  /**
   * Adds a frame's verdict; returns what to show.
   * @param {number} time When it was taken, in seconds on any clock. A time before the last one starts anew.
   * @param {?number} score Its verdict's score; null if it was not judged.
   * @param {?string} blurType Its verdict's blurType; null likewise.
   * @returns {{shown: boolean, reason: string, score: number, judged: boolean, appeared: boolean}}
   */
  update(time, score, blurType) {
    const judged = Number.isFinite(score) && TYPES.includes(blurType);
    if (!Number.isFinite(time) || !(judged || (score === null && blurType === null))) {
      throw new RangeError(`expected a finite time and score and one of ${TYPES}, received ${time}, ${score}, ${blurType}`);
    }
    const before = this.at(time).shown;
    this.#smooth(time, score, blurType);
    this.#turn(time);
    return { ...this.at(time), appeared: this.#shown && !before };
  }

  /** What to show at a time without a new frame. Some seconds after the last frame a warning ends. */
  at(time) {
    if (this.#time !== null && !(time - this.#time >= 0 && time - this.#time <= LONGEST_GAP)) this.#restart();
    return { shown: this.#shown, reason: this.#reason, score: this.#score, judged: this.#judged, appeared: false };
  }

  #smooth(time, score, blurType) {
    const share = (constant) => (this.#time === null ? 1 : 1 - Math.exp((this.#time - time) / constant));
    this.#score += share(SMOOTHING) * ((score ?? 0) - this.#score); // no verdict: nothing to warn of
    this.#unjudged += share(SMOOTHING) * ((score === null ? 1 : 0) - this.#unjudged);
    if (this.#unjudged < JUDGED_BELOW) this.#judged = true;
    if (this.#unjudged > UNJUDGED_ABOVE) this.#judged = false;
    for (const name of TYPES) {
      this.#weights[name] += share(TYPE_SMOOTHING) * ((name === blurType ? score : 0) - this.#weights[name]);
    }
    this.#time = time;
  }

  /** Shows or hides the warning, or changes its reason, if that is due. */
  #turn(time) {
    const due = this.#shown ? this.#score < QUIET_SCORE : this.#score > WARN_SCORE;
    this.#since = due ? (this.#since ?? time) : null;
    const [wait, rest] = this.#shown ? [VANISH_AFTER, SHOWN_FOR] : [APPEAR_AFTER, HIDDEN_FOR];
    const weight = (name) => this.#weights[name];
    const likeliest = TYPES.reduce((found, name) => (weight(name) > weight(found) ? name : found));
    if (due && time - this.#since >= wait && time - this.#changed >= rest) {
      this.#shown = !this.#shown;
      this.#reason = this.#shown ? likeliest : "none";
      this.#since = null;
      this.#changed = this.#reasonChanged = time;
    } else if (this.#shown && time - this.#reasonChanged >= SHOWN_FOR) {
      if (weight(likeliest) > OTHER_REASON * weight(this.#reason)) {
        this.#reason = likeliest;
        this.#reasonChanged = time;
      }
    }
  }
}
