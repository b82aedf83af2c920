// Whether there is anything in a picture that could be sharp or blurred, and what an app drew around it:
// keras_blur.verdict.detail, defined in docs/verdict.md.

export const CELLS = 48;
export const BLOCK = 3;
export const SAMPLES = 240;
export const LONGEST_STRIP = 72;
export const EVEN_LEVELS = 6;
const BLOCKS = CELLS - BLOCK + 1; // along a side

/**
 * Measures a picture: what `detail` needs, for any region.
 * @param {Uint8ClampedArray|Uint8Array} rgba 4 bytes for each pixel; alpha is ignored.
 * @returns {{height: number, width: number, inside: number[], blocks: ?Float64Array}} The box inside frames, bars and
 *   captions; the mean grey level of every block, null if a side has less than CELLS pixels.
 */
export function measure(rgba, height, width) {
  const large = Math.min(height, width) >= CELLS;
  return { height, width, inside: insideOf(rgba, height, width), blocks: large ? blocksOf(rgba, height, width) : null };
}

/**
 * @param {ReturnType<typeof measure>} measured
 * @param {?number[]} region [row, column, height, width] as fractions of the sides; null = what is inside strips.
 * @returns {{contrast: number, height: number, width: number, region: number[]}}
 */
export function detail({ height, width, inside, blocks }, region = null) {
  const box = region ?? inside;
  if (!blocks) return { contrast: 0, height, width, region: box };
  const [rows, columns] = [middles(box[0], box[2]), middles(box[1], box[3])];
  let contrast = 0;
  for (let row = rows.first; row < rows.last; row++) {
    for (let column = columns.first; column < columns.last; column++) {
      const at = row * BLOCKS + column;
      for (const step of [BLOCK * BLOCKS, BLOCK]) {
        const difference = blocks[at - step] + blocks[at + step] - 2 * blocks[at];
        contrast = Math.max(contrast, Math.abs(difference));
      }
    }
  }
  return { contrast, height, width, region: box };
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
