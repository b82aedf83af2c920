// Whether there is anything in a picture that could be sharp or blurred, how fine it is, and what an app drew around
// it: keras_blur.verdict.detail, defined in docs/verdict.md.

import { prepare } from "./prepare.js";

export const CELLS = 48;
export const BLOCK = 3;
export const SAMPLES = 240;
export const LONGEST_STRIP = 72;
export const EVEN_LEVELS = 6;
export const FINE_SIDE = 640;
export const FINE_WINDOW = 5;
export const FINE_NOISE = 48;
export const TEXTURE = 320;
export const LEAST_TEXTURED = 0.4;
const BLOCKS = CELLS - BLOCK + 1; // along a side
const FINE_WINDOWS = CELLS - FINE_WINDOW + 1;

/**
 * Measures a picture: what `detail` needs, for any region.
 * @param {Uint8ClampedArray|Uint8Array} rgba 4 bytes for each pixel; alpha is ignored.
 * @returns {{height: number, width: number, inside: number[], blocks: ?Float64Array, windows: ?{fineness: Float64Array,
 *   textured: Uint8Array}}} The box inside frames, bars and captions; the mean grey level of every block, null if a side
 *   has less than CELLS pixels; the windows' fineness and texture, null if that is so of the shrunk picture.
 */
export function measure(rgba, height, width) {
  const large = Math.min(height, width) >= CELLS;
  return {
    height,
    width,
    inside: insideOf(rgba, height, width),
    blocks: large ? blocksOf(rgba, height, width) : null,
    windows: large ? windowsOf(rgba, height, width) : null,
  };
}

/**
 * @param {ReturnType<typeof measure>} measured
 * @param {?number[]} region [row, column, height, width] as fractions of the sides; null = what is inside strips.
 * @returns {{contrast: number, fineness: number, height: number, width: number, region: number[]}}
 */
export function detail({ height, width, inside, blocks, windows }, region = null) {
  const box = region ?? inside;
  if (!blocks) return { contrast: 0, fineness: 1, height, width, region: box };
  const [rows, columns] = [middles(box[0], box[2]), middles(box[1], box[3])];
  let [contrast, fineness, textured] = [0, 0, 0];
  for (let row = rows.first; row < rows.last; row++) {
    for (let column = columns.first; column < columns.last; column++) {
      const at = row * BLOCKS + column;
      for (const step of [BLOCK * BLOCKS, BLOCK]) {
        const difference = blocks[at - step] + blocks[at + step] - 2 * blocks[at];
        contrast = Math.max(contrast, Math.abs(difference));
      }
      const window = (row - 1) * FINE_WINDOWS + column - 1;
      fineness = Math.max(fineness, windows?.fineness[window] ?? 1);
      textured += windows?.textured[window] ?? 1;
    }
  }
  const count = (rows.last - rows.first) * (columns.last - columns.first);
  if (textured < LEAST_TEXTURED * count) fineness = 1; // too little to tell
  return { contrast, fineness, height, width, region: box };
}

/** The blocks along an axis that have two neighbours and lie with their middle in a region. */
function middles(start, extent) {
  const first = Math.min(Math.max(Math.floor(start * CELLS), BLOCK + 1), CELLS - BLOCK - 2);
  const last = Math.max(Math.min(Math.ceil((start + extent) * CELLS), CELLS - BLOCK - 1), first + 1);
  return { first: first - 1, last: last - 1 };
}

function blocksOf(rgba, height, width) {
  const edges = (side) => Array.from({ length: CELLS + 1 }, (_, cell) => Math.floor((cell * side) / CELLS));
  const [rows, columns] = [edges(height), edges(width)];
  // sums[i][j] is the sum of the cells above and to the left of (i, j).
  const sums = Array.from({ length: CELLS + 1 }, () => new Float64Array(CELLS + 1));
  for (let i = 0; i < CELLS; i++) {
    const line = new Float64Array(CELLS);
    for (let row = rows[i]; row < rows[i + 1]; row++) {
      for (let j = 0, at = 4 * row * width; j < CELLS; j++) {
        let sum = 0;
        for (const end = 4 * (row * width + columns[j + 1]); at < end; at += 4) sum += rgba[at] + rgba[at + 1] + rgba[at + 2];
        line[j] += sum;
      }
    }
    for (let j = 0; j < CELLS; j++) sums[i + 1][j + 1] = line[j] + sums[i][j + 1] + sums[i + 1][j] - sums[i][j];
  }
  const blocks = new Float64Array(BLOCKS * BLOCKS);
  for (let i = 0; i < BLOCKS; i++) {
    for (let j = 0; j < BLOCKS; j++) {
      const [down, right] = [i + BLOCK, j + BLOCK];
      const sum = sums[down][right] - sums[i][right] - sums[down][j] + sums[i][j];
      blocks[i * BLOCKS + j] = sum / (3 * (rows[down] - rows[i]) * (columns[right] - columns[j]));
    }
  }
  return blocks;
}

function windowsOf(rgba, photoHeight, photoWidth) {
  const longer = Math.max(photoHeight, photoWidth, FINE_SIDE);
  const shrunk = (side) => Math.max(1, Math.floor((2 * side * FINE_SIDE + longer) / (2 * longer)));
  const [height, width] = longer > FINE_SIDE ? [shrunk(photoHeight), shrunk(photoWidth)] : [photoHeight, photoWidth];
  if (Math.min(height, width) < CELLS) return null;
  const rgb = prepare(rgba, photoHeight, photoWidth, { height, width });
  const grey = new Int32Array(height * width);
  for (let i = 0, at = 0; i < grey.length; i++, at += 3) grey[i] = rgb[at] + 2 * rgb[at + 1] + rgb[at + 2];
  const edges = (side) => Array.from({ length: CELLS + 1 }, (_, cell) => Math.floor((cell * side) / CELLS));
  const [rows, columns] = [edges(height), edges(width)];
  const [beside, beyond] = [1, 2].map((distance) => curvaturesOf(grey, rows, columns, distance));
  const fineness = new Float64Array(FINE_WINDOWS * FINE_WINDOWS);
  const textured = new Uint8Array(FINE_WINDOWS * FINE_WINDOWS);
  for (let i = 0; i < FINE_WINDOWS; i++) {
    for (let j = 0; j < FINE_WINDOWS; j++) {
      const [down, right] = [i + FINE_WINDOW, j + FINE_WINDOW];
      const sum = (sums) => sums[down][right] - sums[i][right] - sums[down][j] + sums[i][j];
      const pixels = (rows[down] - rows[i]) * (columns[right] - columns[j]);
      fineness[i * FINE_WINDOWS + j] = sum(beside) / (sum(beyond) + FINE_NOISE * pixels);
      textured[i * FINE_WINDOWS + j] = sum(beyond) >= TEXTURE * pixels;
    }
  }
  return { fineness, textured };
}

/** The sums, above and to the left of each cell, of squared second differences over a distance. */
function curvaturesOf(grey, rows, columns, distance) {
  const [height, width] = [rows[CELLS], columns[CELLS]];
  const sums = Array.from({ length: CELLS + 1 }, () => new Float64Array(CELLS + 1));
  for (let i = 0; i < CELLS; i++) {
    const line = new Float64Array(CELLS);
    for (let row = rows[i]; row < rows[i + 1]; row++) {
      const [start, above, below] = [row, Math.max(row - distance, 0), Math.min(row + distance, height - 1)].map((r) => r * width);
      for (let j = 0; j < CELLS; j++) {
        let sum = 0;
        for (let column = columns[j]; column < columns[j + 1]; column++) {
          const middle = 2 * grey[start + column];
          const down = grey[above + column] + grey[below + column] - middle;
          const left = grey[start + Math.max(column - distance, 0)];
          const across = left + grey[start + Math.min(column + distance, width - 1)] - middle;
          sum += down * down + across * across;
        }
        line[j] += sum;
      }
    }
    for (let j = 0; j < CELLS; j++) sums[i + 1][j + 1] = line[j] + sums[i][j + 1] + sums[i + 1][j] - sums[i][j];
  }
  return sums;
}

function insideOf(rgba, height, width) {
  const sampled = (side) => Array.from({ length: SAMPLES }, (_, i) => Math.floor(((2 * i + 1) * side) / (2 * SAMPLES)));
  const [rows, columns] = [sampled(height), sampled(width)];
  const last = SAMPLES - 1;
  const [top, bottom, left, right] = [
    (line, along) => [rows[line], columns[along]],
    (line, along) => [rows[last - line], columns[along]],
    (line, along) => [rows[along], columns[line]],
    (line, along) => [rows[along], columns[last - line]],
  ].map((place) => strip(rgba, width, place));
  return [top, left, SAMPLES - top - bottom, SAMPLES - left - right].map((lines) => lines / SAMPLES);
}

/** The number of first lines that are even at both ends and along a third of their length; 0 if all are. */
function strip(rgba, width, place) {
  const at = (line, along) => {
    const [row, column] = place(line, along);
    return 4 * (row * width + column);
  };
  const ground = at(0, 0);
  const even = (line, along) => {
    const pixel = at(line, along);
    for (let channel = 0; channel < 3; channel++) {
      if (Math.abs(rgba[pixel + channel] - rgba[ground + channel]) > EVEN_LEVELS) return false;
    }
    return true;
  };
  for (let line = 0; line < LONGEST_STRIP; line++) {
    if (!even(line, 0) || !even(line, SAMPLES - 1)) return line;
    let count = 0;
    for (let along = 0; along < SAMPLES; along++) count += even(line, along);
    if (3 * count < SAMPLES) return line;
  }
  return 0;
}
