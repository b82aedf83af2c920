// The cases that Python, Kotlin and JavaScript share: tests/golden/README.md.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { readContract } from "../src/contract.js";
import { prepare } from "../src/prepare.js";
import * as details from "../src/detail.js";
import * as verdict from "../src/verdict.js";

const golden = async (name) =>
  JSON.parse(await readFile(new URL(`../../tests/golden/${name}.json`, import.meta.url), "utf8"));
const close = (found, wanted, what) => assert.ok(Math.abs(found - wanted) <= 1e-6, `${what}: ${found}, expected ${wanted}`);

function mapOf({ height, width, values, base, patches }) {
  const classes = values ? values.length / (height * width) : base.length;
  const filled = values ?? Array.from({ length: height * width }, () => base).flat();
  for (const [top, left, tall, wide, probabilities] of patches ?? []) {
    for (let row = top; row < top + tall; row++) {
      for (let column = left; column < left + wide; column++) {
        filled.splice((row * width + column) * classes, classes, ...probabilities);
      }
    }
  }
  return { rows: height, columns: width, classes, values: filled };
}

test("the constants are Python's", async () => {
  for (const name of ["maps", "frames", "details"]) {
    for (const [constant, value] of Object.entries((await golden(name)).constants)) {
      assert.equal({ ...verdict, ...details }[constant], value, constant);
    }
  }
});

test("maps get Python's verdicts", async () => {
  const { cases } = await golden("maps");
  assert.ok(cases.length > 5);
  for (const { name, region, detail, expected, ...map } of cases) {
    const [contrast, fineness, height, width] = detail ?? [];
    const measured = detail && { contrast, fineness, height, width, region: [0, 0, 1, 1] };
    const found = verdict.assess(mapOf(map), calibrationOf(map), measured, region);
    for (const key of ["judged", "warn", "reason"]) assert.equal(found[key], expected[key], `${name}: ${key}`);
    assert.equal(found.blurType, expected.blur_type, name);
    assert.deepEqual(found.notes, expected.notes, name);
    if (expected.score === null) assert.equal(found.score, null, name);
    else close(found.score, expected.score, `${name}: score`);
    for (const [key, value] of [
      ["blurred_share", found.blurredShare],
      ["motion_share", found.motionShare],
      ["defocus_share", found.defocusShare],
    ]) {
      if (expected[key] === null) assert.equal(value, null, `${name}: ${key}`);
      else close(value, expected[key], `${name}: ${key}`);
    }
    if (expected.sharp_box === null) assert.equal(found.sharpBox, null, name);
    else expected.sharp_box.forEach((side, i) => close(found.sharpBox[i], side, `${name}: sharp_box`));
  }
});

const calibrationOf = (values) => ({
  blurredThreshold: values.blurred_threshold,
  evenOdds: values.even_odds,
  motionOdds: values.motion_odds,
  inputSide: values.input_side,
});

test("a score of one half is at the even odds", () => {
  for (const evenOdds of [0.003, 0.03, 1, 20]) {
    const blurred = evenOdds / (1 + evenOdds);
    const map = { rows: 2, columns: 3, classes: 2, values: new Array(6).fill([1 - blurred, blurred]).flat() };
    close(verdict.assess(map, { blurredThreshold: 0.5, evenOdds, motionOdds: 1, inputSide: 0 }).score, 0.5, `even odds ${evenOdds}`);
  }
});

test("contracts name their odds, or have 1, and files may have their own", async () => {
  const file = new URL("../../keras_blur/pretrained/mobile/contract.json", import.meta.url);
  const { file_even_odds: _, ...shipped } = JSON.parse(await readFile(file, "utf8"));
  const { even_odds: evenOdds, motion_odds: __, ...older } = shipped;
  const odds = (values, name = "a.tflite") => readContract(values, name).calibration;
  assert.equal(odds(shipped).evenOdds, evenOdds);
  assert.equal(odds(older).evenOdds, 1);
  assert.equal(odds(older).motionOdds, 1);
  assert.equal(odds(older).inputSide, Math.max(shipped.height, shipped.width));
  const of = { ...shipped, motion_odds: 0.4, file_even_odds: { "a.tflite": 0.7 } };
  assert.deepEqual([odds(of).evenOdds, odds(of).motionOdds, odds(of, "b.tflite").evenOdds], [0.7, 0.4, evenOdds]);
  for (const wrong of [0, -1, "0.03", null, true, Infinity, NaN]) {
    assert.throws(() => odds({ ...older, even_odds: wrong }), /even_odds/, String(wrong));
    assert.throws(() => odds({ ...older, motion_odds: wrong }), /motion_odds/, String(wrong));
  }
});

test("taps mean Python's regions", async () => {
  for (const { row, column, region } of (await golden("maps")).taps) {
    verdict.around(row, column).forEach((side, i) => close(side, region[i], `tap at ${row}, ${column}`));
  }
});

test("frames show Python's warnings", async () => {
  const { cases } = await golden("frames");
  assert.ok(cases.length > 3);
  for (const { name, frames, expected } of cases) {
    const state = new verdict.Frames();
    frames.forEach(([time, ...answer], i) => {
      const found = answer.length ? state.update(time, ...answer) : state.at(time);
      const [shown, reason, smoothed, judged, appeared] = expected[i];
      const flags = [found.shown, found.reason, found.judged, found.appeared];
      assert.deepEqual(flags, [shown, reason, judged, appeared], `${name}, frame ${i}`);
      close(found.score, smoothed, `${name}, frame ${i}`);
    });
  }
});

/** The picture that a rule makes, as RGBA. */
function picture({ height, width, seed }) {
  const rgba = new Uint8ClampedArray(4 * height * width);
  let x = seed;
  for (let pixel = 0; pixel < height * width; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      x = (Math.imul(1664525, x) + 1013904223) >>> 0;
      rgba[4 * pixel + channel] = x >>> 24;
    }
    rgba[4 * pixel + 3] = 255;
  }
  return rgba;
}

test("pictures become Python's inputs, to the last bit", async () => {
  const upright = (await golden("prepare")).cases.filter(({ rotation }) => rotation === 0); // browsers turn pictures
  assert.ok(upright.length > 2);
  for (const entry of upright) {
    const { height, width, input_height, input_width, expected } = entry;
    const input = prepare(picture(entry), height, width, { height: input_height, width: input_width });
    const what = `${height}x${width} to ${input_height}x${input_width}`;
    assert.deepEqual([...input.slice(0, 3)], expected.first, what);
    assert.deepEqual([...input.slice(-3)], expected.last, what);
    assert.equal(crc32(input), expected.crc32, what);
  }
});

/** A case's picture: blotches and noise inside light strips with ink. */
function detailed({ height, width, seed, strips, ink }) {
  const rgba = picture({ height, width, seed });
  const [top, bottom, left, right] = strips ?? [0, 0, 0, 0];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const level = (17 * Math.floor((8 * row) / height) + 31 * Math.floor((8 * column) / width)) % 128;
      const inside = row >= top && row < height - bottom && column >= left && column < width - right;
      const ground = column % 6 > 0 && column % 6 <= ink ? 20 : 250;
      const at = 4 * (row * width + column);
      for (let c = at; c < at + 3; c++) rgba[c] = inside ? Math.floor(rgba[c] / 2) + level : ground;
    }
  }
  return rgba;
}

test("pictures have Python's detail, to the last bit", async () => {
  const upright = (await golden("details")).cases.filter(({ rotation }) => rotation === 0);
  assert.ok(upright.length > 5);
  for (const entry of upright) {
    const { height, width, region, expected } = entry;
    const found = details.detail(details.measure(detailed(entry), height, width), region);
    assert.deepEqual([found.contrast, found.fineness, found.height, found.width, found.region], expected, JSON.stringify(entry));
  }
});

test("every note has words", async () => {
  globalThis.matchMedia = () => ({ matches: false });
  const { notes } = await import("../src/words.js");
  assert.match(notes({ notes: ["enlarged"] }), /small photo/);
  assert.match(notes({ notes: ["uncalibrated"] }), /scores only order photos/);
});
