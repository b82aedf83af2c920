// 10,000 frames through all of the demo but the camera and the network, with maps as the network would give them:
// node --expose-gc test/soak.js [frames]. Prints the memory meanwhile, and fails if it grows.

import { measure, detail } from "../src/detail.js";
import { prepare } from "../src/prepare.js";
import { assess, Frames } from "../src/verdict.js";

const GROWTH = 100; // bytes a frame
const STEPS = 10;
const [ROWS, COLUMNS, HEIGHT, WIDTH] = [88, 88, 120, 160];

const count = Number(process.argv[2] ?? 10_000);
const calibration = { blurredThreshold: 0.5, evenOdds: 1, motionOdds: 1, inputSide: 704 };
const frames = new Frames();
const samples = [];
let random = 1;
const next = () => (random = (random * 48271) % 2147483647) / 2147483647;

for (let number = 0; number < count; number++) {
  const rgba = new Uint8ClampedArray(4 * HEIGHT * WIDTH);
  for (let index = 0; index < rgba.length; index += 7) rgba[index] = 256 * next();
  prepare(rgba, HEIGHT, WIDTH, { height: 176, width: 176 });
  const values = new Float32Array(3 * ROWS * COLUMNS);
  for (let index = 0; index < values.length; index += 3) {
    const sharp = next();
    values.set([sharp, (1 - sharp) / 2, (1 - sharp) / 2], index);
  }
  const map = { rows: ROWS, columns: COLUMNS, classes: 3, values };
  const verdict = assess(map, calibration, detail(measure(rgba, HEIGHT, WIDTH)));
  frames.update(number / 15, verdict.score, verdict.blurType);
  if ((number + 1) % (count / STEPS) === 0) {
    globalThis.gc();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    samples.push([number + 1, heapUsed + arrayBuffers]);
  }
}
console.log("| frames | MB in memory |\n|---|---|");
for (const [number, bytes] of samples) console.log(`| ${number} | ${(bytes / 2 ** 20).toFixed(2)} |`);
const [first, last] = [samples[0], samples.at(-1)];
const growth = (last[1] - first[1]) / (last[0] - first[0]);
console.log(`\n${growth.toFixed(1)} bytes a frame`);
process.exitCode = growth > GROWTH ? 1 : 0;
