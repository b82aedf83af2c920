// What the network expects and returns, read from contract.json: the same file that Python and Kotlin read.

const CLASSES = ["sharp", "motion", "defocus"];
const BINARY = ["sharp", "blurred"];

/**
 * Checks a contract.
 * @param {object} values What contract.json holds.
 * @param {string} file The name of the model's file, which may have even odds of its own.
 * @returns {{name: string, height: number, width: number, outputStride: number, classes: string[],
 *   calibration: {blurredThreshold: number, evenOdds: number, motionOdds: number, inputSide: number}}}
 * @throws {Error} It is no contract, or one that this page can't follow.
 */
export function readContract(values, file) {
  const same = (a, b) => Array.isArray(a) && a.length === b.length && a.every((v, i) => v === b[i]);
  const require = (holds, expected, received) => {
    if (!holds) throw new Error(`contract.json: expected ${expected}, received ${JSON.stringify(received)}`);
  };
  require(values && typeof values === "object", "an object", values);
  require(values.resize === "stretch", 'resize "stretch", the only rule that this page follows', values.resize);
  for (const key of ["height", "width", "output_stride"]) {
    require(Number.isInteger(values[key]) && values[key] > 0, `a positive whole number as ${key}`, values[key]);
  }
  require(same(values.value_range, [0, 255]), "value_range [0, 255]", values.value_range);
  require(values.channels === "RGB", 'channels "RGB"', values.channels);
  require(same(values.classes, CLASSES) || same(values.classes, BINARY), `classes ${CLASSES}`, values.classes);
  const { even_odds: own = 1, motion_odds: motionOdds = 1, file_even_odds: ofFiles = {} } = values;
  const evenOdds = ofFiles?.[file] ?? own;
  for (const [name, odds] of [["even_odds", evenOdds], ["motion_odds", motionOdds]]) {
    require(Number.isFinite(odds) && odds > 0, `a finite number above 0 as ${name}`, odds);
  }
  return {
    name: values.name,
    height: values.height,
    width: values.width,
    outputStride: values.output_stride,
    classes: values.classes,
    calibration: {
      blurredThreshold: values.blurred_threshold,
      evenOdds,
      motionOdds,
      inputSide: Math.max(values.height, values.width), // files have one input size
    },
  };
}
