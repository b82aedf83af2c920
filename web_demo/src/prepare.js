// From a photo's pixels to the network's input, bit by bit as keras_blur.processing (OpenCV) does it: an axis
// that shrinks is averaged over areas, one that grows is interpolated linearly.

const { fround } = Math; // OpenCV averages in 32 bit

/**
 * @param {Uint8ClampedArray|Uint8Array} rgba Pixels of the photo, 4 bytes each; alpha is ignored.
 * @param {number} photoHeight
 * @param {number} photoWidth
 * @param {{height: number, width: number}} contract
 * @returns {Uint8Array} RGB, height x width x 3.
 */
export function prepare(rgba, photoHeight, photoWidth, contract) {
  if (rgba.length !== 4 * photoHeight * photoWidth) {
    throw new Error(`rgba: expected ${4 * photoHeight * photoWidth} bytes, received ${rgba.length}`);
  }
  const { height, width } = contract;
  // Areas are averaged only where no axis grows, so the axes that shrink come first.
  const [shrunkHeight, shrunkWidth] = [Math.min(height, photoHeight), Math.min(width, photoWidth)];
  const shrinks = shrunkHeight < photoHeight || shrunkWidth < photoWidth;
  const shrunk = shrinks ? averaged(rgba, photoHeight, photoWidth, shrunkHeight, shrunkWidth) : opaque(rgba);
  if (shrunkHeight === height && shrunkWidth === width) return shrunk;
  return interpolated(shrunk, shrunkHeight, shrunkWidth, height, width);
}

function opaque(rgba) {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from];
    rgb[to + 1] = rgba[from + 1];
    rgb[to + 2] = rgba[from + 2];
  }
  return rgb;
}

function averaged(rgba, photoHeight, photoWidth, height, width) {
  const [tall, wide] = [photoHeight / height, photoWidth / width];
  const whole = Number.isInteger(tall) && Number.isInteger(wide);
  const result = new Uint8ClampedArray(height * width * 3); // rounds what is stored in it, halves to even
  if (whole) averageBlocks(rgba, photoWidth, height, width, tall, wide, result);
  else averageAreas(rgba, photoHeight, photoWidth, height, width, result);
  return new Uint8Array(result.buffer);
}

function averageBlocks(rgba, photoWidth, height, width, tall, wide, result) {
  const share = fround(1 / (tall * wide));
  const mean = tall === 2 && wide === 2 ? (sum) => (sum + 2) >> 2 : (sum) => fround(sum * share);
  for (let row = 0, target = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let [red, green, blue] = [0, 0, 0];
      for (let i = 0; i < tall; i++) {
        const start = 4 * ((row * tall + i) * photoWidth + column * wide);
        for (let from = start; from < start + 4 * wide; from += 4) {
          red += rgba[from];
          green += rgba[from + 1];
          blue += rgba[from + 2];
        }
      }
      result[target++] = mean(red);
      result[target++] = mean(green);
      result[target++] = mean(blue);
    }
  }
}

function averageAreas(rgba, photoHeight, photoWidth, height, width, result) {
  const rows = areaWeights(photoHeight, height);
  const columns = areaWeights(photoWidth, width);
  const [sums, line] = [new Float32Array(width * 3), new Float32Array(width * 3)];
  let averagedRow = -1; // the source row in `line`: neighbouring cells share one
  for (let row = 0, target = 0; row < height; row++) {
    sums.fill(0);
    for (let k = rows.starts[row]; k < rows.starts[row + 1]; k++) {
      const [weight, source] = [rows.weights[k], rows.pixels[k]];
      if (source !== averagedRow) averageLine(rgba, 4 * source * photoWidth, columns, line);
      averagedRow = source;
      for (let i = 0; i < line.length; i++) sums[i] += fround(weight * line[i]);
    }
    for (let i = 0; i < sums.length; i++) result[target++] = sums[i];
  }
}

function averageLine(rgba, start, { starts, pixels, weights }, line) {
  let end = 0;
  for (let target = 0, column = 1; target < line.length; target += 3, column++) {
    let [red, green, blue] = [0, 0, 0];
    let k = end;
    for (end = starts[column]; k < end; k++) {
      const [weight, from] = [weights[k], start + 4 * pixels[k]];
      red = fround(red + fround(weight * rgba[from]));
      green = fround(green + fround(weight * rgba[from + 1]));
      blue = fround(blue + fround(weight * rgba[from + 2]));
    }
    line[target] = red;
    line[target + 1] = green;
    line[target + 2] = blue;
  }
}

function toEven(value) {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

/** The source pixels of each of `size` cells and their weights: those from starts[cell] to starts[cell + 1]. */
function areaWeights(length, size) {
  const scale = length / size;
  const [starts, pixels, weights] = [[0], [], []];
  const add = (pixel, share) => {
    pixels.push(pixel);
    weights.push(share);
  };
  for (let cell = 0; cell < size; cell++) {
    const start = cell * scale;
    const end = start + scale;
    const extent = Math.min(scale, length - start);
    const last = Math.min(Math.floor(end), length - 1);
    const whole = Math.min(Math.ceil(start), last);
    if (whole - start > 1e-3) add(whole - 1, (whole - start) / extent);
    for (let pixel = whole; pixel < last; pixel++) add(pixel, 1 / extent);
    if (end - last > 1e-3) add(last, Math.min(end - last, 1, extent) / extent);
    starts.push(pixels.length);
  }
  return { starts: Int32Array.from(starts), pixels: Int32Array.from(pixels), weights: Float32Array.from(weights) };
}

const ONE = 2048; // OpenCV interpolates in whole numbers, with weights in units of 1/2048

function interpolated(rgb, sourceHeight, sourceWidth, height, width) {
  const [rows, columns] = [linearWeights(sourceHeight, height), linearWeights(sourceWidth, width)];
  const result = new Uint8Array(height * width * 3);
  let above = { row: -1, values: new Int32Array(width * 3) };
  let below = { row: -1, values: new Int32Array(width * 3) };
  const inside = (row) => Math.min(Math.max(row, 0), sourceHeight - 1);
  const across = (line, row) => {
    if (line.row !== row) interpolateLine(rgb, 3 * row * sourceWidth, sourceWidth, columns, line.values);
    line.row = row;
  };
  for (let row = 0; row < height; row++) {
    const [upper, lower] = [inside(rows.firsts[row]), inside(rows.firsts[row] + 1)];
    if (below.row === upper) [above, below] = [below, above]; // mostly, this line was the one below
    across(above, upper);
    across(below, lower);
    blend(above.values, below.values, rows.parts[row], result, row * width * 3);
  }
  return result;
}

function blend(above, below, part, result, start) {
  const rest = ONE - part;
  for (let i = 0; i < above.length; i++) {
    result[start + i] = (((rest * above[i]) >> 16) + ((part * below[i]) >> 16) + 2) >> 2;
  }
}

/** A row's colours between its pixels, in units of 16/2048. */
function interpolateLine(rgb, start, sourceWidth, { firsts, parts }, line) {
  for (let column = 0, to = 0; column < firsts.length; column++, to += 3) {
    const first = firsts[column];
    const outside = first < 0 || first >= sourceWidth - 1;
    const part = outside ? 0 : parts[column];
    const left = start + 3 * Math.min(Math.max(first, 0), sourceWidth - 1);
    const right = outside ? left : left + 3;
    line[to] = (rgb[left] * (ONE - part) + rgb[right] * part) >> 4;
    line[to + 1] = (rgb[left + 1] * (ONE - part) + rgb[right + 1] * part) >> 4;
    line[to + 2] = (rgb[left + 2] * (ONE - part) + rgb[right + 2] * part) >> 4;
  }
}

/** For each cell: the source pixel before its centre, and the weight of the one after it. */
function linearWeights(length, size) {
  const [firsts, parts] = [new Int32Array(size), new Int32Array(size)];
  for (let cell = 0; cell < size; cell++) {
    const centre = fround(((cell + 0.5) * length) / size - 0.5);
    firsts[cell] = Math.floor(centre);
    parts[cell] = toEven(fround(centre - firsts[cell]) * ONE);
  }
  return { firsts, parts };
}
