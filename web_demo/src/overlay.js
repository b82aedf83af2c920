// Blur drawn over the photo: motion orange, out of focus blue, sharp parts as they are.
// The colours and the ramp are those of keras_blur.labels and keras_blur.processing.overlay.

const MOTION = [213, 94, 0];
const DEFOCUS = [0, 114, 178];
const UNTYPED = [204, 121, 167];
const STRENGTH = 0.5; // where blur is certain: the photo must stay recognisable
const [SURE_SHARP, SURE_BLURRED] = [0.3, 0.8];

/**
 * @param {{rows: number, columns: number, classes: number, values: Float32Array}} map
 * @returns {Uint8ClampedArray} RGBA, rows x columns, to be stretched over the photo.
 */
export function tint(map) {
  const { classes, values } = map;
  const result = new Uint8ClampedArray(map.rows * map.columns * 4);
  for (let pixel = 0; pixel < map.rows * map.columns; pixel++) {
    const at = pixel * classes;
    const ramp = clamp((1 - values[at] - SURE_SHARP) / (SURE_BLURRED - SURE_SHARP));
    const colour = classes === 2 ? UNTYPED : mixed(values[at + 1], values[at + 2]);
    result.set(colour, 4 * pixel);
    result[4 * pixel + 3] = 255 * STRENGTH * ramp * ramp * (3 - 2 * ramp);
  }
  return result;
}

/** Steep around one half, because a mixture of orange and blue would be grey. */
function mixed(motion, defocus) {
  const share = clamp((defocus / Math.max(motion + defocus, 1e-6) - 0.5) * 4 + 0.5);
  return MOTION.map((value, i) => value * (1 - share) + DEFOCUS[i] * share);
}

const clamp = (value) => Math.min(Math.max(value, 0), 1);

/** Draws a blur map onto a canvas that CSS stretches over the picture; no map clears it. */
export function draw(canvas, map) {
  const context = canvas.getContext("2d");
  if (!map) {
    context.clearRect(0, 0, canvas.width, canvas.height);
    return;
  }
  if (canvas.width !== map.columns || canvas.height !== map.rows) {
    canvas.width = map.columns;
    canvas.height = map.rows;
  }
  context.putImageData(new ImageData(tint(map), map.columns, map.rows), 0, 0);
}
