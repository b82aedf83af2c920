// Drives the built page in headless Chromium with a fake camera: node test/browser.js PICTURES [SCREENSHOTS]
// PICTURES is what make_pictures.py wrote. CHROMIUM names the browser (default: chromium on the PATH).

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serve } from "../serve.js";
import { readContract } from "../src/contract.js";
import { detail } from "../src/detail.js";
import { assess } from "../src/verdict.js";

// Most that probabilities may differ from Python's. Integers are exact but for the order of float steps at their end.
const LIMITS = { "mobile_float32.tflite": 1e-5, "mobile_int8.tflite": 1e-3 };
const RATE = Number(process.env.LEAST_RATE ?? 0); // pictures a second; a busy machine makes fewer
const here = dirname(fileURLToPath(import.meta.url));
const GPU_LIMIT = 0.05; // a GPU may compute in 16 bit
const GOLDEN = join(here, "..", "..", "tests", "golden");
const [pictures, screenshots] = process.argv.slice(2).map((path) => resolve(path));
if (!pictures) throw new Error("usage: node test/browser.js PICTURES [SCREENSHOTS]");
const executablePath = process.env.CHROMIUM ?? execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();
const QUIET = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const CAMERA = [
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  `--use-file-for-fake-video-capture=${join(pictures, "camera.mjpeg")}`,
];
const WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-unsafe-swiftshader"];

const contractFile = JSON.parse(await readFile(join(here, "..", "dist", "model", "contract.json"), "utf8"));
const server = await serve(join(here, "..", "dist"), 0);
const address = `http://localhost:${server.address().port}/`;
let profile;
let failed = 0;

async function check(name, test, { args = CAMERA, permissions, query = "", device = {} } = {}) {
  profile = await mkdtemp(join(tmpdir(), "keras-blur-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: ["--headless", "--no-sandbox", ...QUIET, ...(args.includes(WEBGPU[0]) ? [] : ["--disable-gpu"]), ...args],
    viewport: { width: 430, height: 860 },
    permissions,
    ...device,
  });
  const elsewhere = [];
  context.on("request", (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol.startsWith("http") && host !== new URL(address).host) elsewhere.push(request.url());
  });
  const errors = [];
  try {
    const page = context.pages()[0] ?? (await context.newPage());
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" && /^(INFO|WARNING)/.test(message.text())) errors.push(message.text());
    });
    await page.goto(address + query);
    await page.waitForSelector("html[data-ready]", { timeout: 60_000 });
    await test(page, context);
    assert.deepEqual(elsewhere, [], "no request leaves the machine");
    assert.deepEqual(errors, [], "no error on the page");
    console.log(`ok   ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAIL ${name}\n     ${error.stack}`);
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
}

const state = (page) => page.locator("#chip").evaluate((chip) => (chip.hidden ? "" : chip.dataset.state));
const text = (page, id) => page.locator(`#${id}`).textContent();
const until = (page, wanted) =>
  page.waitForFunction((value) => {
    const chip = document.getElementById("chip");
    return (chip.hidden ? "" : chip.dataset.state) === value;
  }, wanted, { timeout: 30_000, polling: 50 });

/** Starts the camera, with a network that says the same of every picture. */
async function watch(page, probabilities) {
  await page.evaluate(async (values) => {
    const { finder } = await import(new URL("main.js", location.href).href);
    finder.look = async (picture) => {
      picture.close();
      const measured = { height: 480, width: 640, inside: [0, 0, 1, 1], blocks: new Float64Array(46 * 46) };
      measured.blocks[23 * 46 + 23] = 255;
      return { map: { rows: 1, columns: 1, classes: 3, values }, measured, times: { grab: 0, prepare: 0, infer: 0 } };
    };
  }, probabilities);
  await page.click("#camera");
}

async function screenshot(page, name) {
  if (!screenshots) return;
  await mkdir(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`) });
}

async function open(page, name) {
  await page.setInputFiles("#file", join(pictures, name));
}

await check("the camera's warnings come with the right reason, and go", async (page) => {
  await page.click("#camera");
  await until(page, "motion");
  assert.match(await text(page, "chip"), /Hold still/);
  await page.waitForTimeout(400);
  await screenshot(page, "motion");
  await until(page, "defocus");
  assert.match(await text(page, "chip"), /Out of focus/);
  await page.waitForTimeout(400);
  await screenshot(page, "defocus");
  await until(page, "sharp");
  await page.waitForTimeout(1000);
  assert.equal(await state(page), "sharp", "a sharp picture keeps it quiet");
  assert.equal(await text(page, "chip"), "Sharp");
  await screenshot(page, "sharp");
  await until(page, "nothing to judge");
  assert.equal(await text(page, "chip"), "Nothing to judge");
  assert.equal(await text(page, "score-text"), "–");
  await screenshot(page, "nothing");
  await page.locator("details").evaluate((details) => (details.open = true));
  await screenshot(page, "details");
  const times = await Promise.all(["grab", "prepare", "infer", "draw", "rate"].map((id) => text(page, id)));
  console.log(`     ms: grab ${times[0]}, prepare ${times[1]}, infer ${times[2]}, draw ${times[3]}; ${times[4]} pictures a second`);
  assert.ok(Number(times[4]) >= RATE, `expected ${RATE} pictures a second, measured ${times[4]}`);
  await page.click("#camera");
  assert.equal(await text(page, "camera"), "Start camera");
  assert.equal(await text(page, "score-text"), "–");
});

await check("a warning stays while the subject moves, and ends with the frames", async (page) => {
  await watch(page, [0, 1, 0]);
  await until(page, "motion");
  await page.focus("#stage");
  for (const [key, column] of [["ArrowUp", 50], ["ArrowLeft", 45]]) {
    await page.keyboard.press(key);
    assert.equal(await text(page, "subject"), `Subject: ${column} % from the left, 50 % from the top`);
    await page.waitForTimeout(300);
    assert.equal(await state(page), "motion");
  }
  await page.evaluate(() => document.getElementById("video").pause());
  await until(page, "");
});

await check("what fails while the camera runs is said", async (page) => {
  await watch(page, [NaN, 1, 0]);
  await page.waitForSelector("#message:not(:empty)");
  assert.match(await text(page, "message"), /finite probabilities/);
  assert.equal(await text(page, "camera"), "Start camera");
});

await check("a camera whose pictures can't be shown is let go", async (page) => {
  await page.evaluate(() => {
    HTMLMediaElement.prototype.play = async function () {
      window.tracks = this.srcObject.getTracks();
      throw new Error("no pictures");
    };
  });
  await page.click("#camera");
  await page.waitForSelector("#message:not(:empty)");
  assert.match(await text(page, "message"), /no pictures/);
  assert.deepEqual(await page.evaluate(() => window.tracks.map((track) => track.readyState)), ["ended"]);
});

/** The probabilities that the page finds for a PNG file. */
async function mapOf(page, path) {
  return page.evaluate(async (data) => {
    const { finder } = await import(new URL("main.js", location.href).href);
    const blob = new Blob([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], { type: "image/png" });
    const { map, measured } = await finder.look(await createImageBitmap(blob, { colorSpaceConversion: "none" }));
    return { ...map, values: [...map.values], measured };
  }, (await readFile(path)).toString("base64"));
}

/** Area averages on size x size cells; the map's sides are multiples of size. */
function averaged({ rows, columns, classes, values }, size) {
  const [tall, wide] = [rows / size, columns / size];
  const cells = new Array(size * size * classes).fill(0);
  values.forEach((value, i) => {
    const [row, column] = [Math.floor(i / classes / columns), Math.floor(i / classes) % columns];
    cells[(Math.floor(row / tall) * size + Math.floor(column / wide)) * classes + (i % classes)] += value / (tall * wide);
  });
  return cells;
}

const differences = (found, wanted) => {
  assert.equal(found.length, wanted.length);
  const each = found.map((value, i) => Math.abs(value - wanted[i]));
  return { worst: Math.max(...each), mean: each.reduce((sum, value) => sum + value, 0) / each.length };
};

for (const [model, limit] of Object.entries(LIMITS)) {
  await check(`${model} passes the golden photos`, async (page) => {
    const golden = JSON.parse(await readFile(join(GOLDEN, "photos.json"), "utf8"));
    const tolerance = golden.tolerances[model.match(/mobile_(\w+)/)[1]];
    const { calibration } = readContract(contractFile); // the network's own: what the photos were judged with
    for (const { file, cells, expected } of golden.cases) {
      const map = await mapOf(page, join(GOLDEN, file));
      const { worst, mean } = differences(averaged(map, golden.cells), cells);
      const verdict = assess(map, calibration, detail(map.measured));
      console.log(`     ${file}: greatest difference of a cell ${worst.toExponential(1)}, ${verdict.reason} ${verdict.score}`);
      assert.ok(worst <= tolerance.cell && mean <= tolerance.mean, `${file}: ${worst}, ${mean}`);
      if (expected.judged) {
        assert.ok(Math.abs(verdict.score - expected.score) <= tolerance.score, `${file}: score ${verdict.score}`);
      }
      assert.equal(verdict.reason, expected.reason);
    }
  }, { query: `?model=${model}&gpu=off` });

  await check(`${model} answers as in Python`, async (page) => {
    const expected = JSON.parse(await readFile(join(pictures, "expected.json"), "utf8"));
    for (const [name, map] of Object.entries(expected[model])) {
      const found = await mapOf(page, join(pictures, `input_${name}.png`));
      const { worst, mean } = differences(found.values, map.flat(2));
      console.log(`     ${name}: greatest difference ${worst.toExponential(1)}, mean ${mean.toExponential(1)}`);
      assert.ok(worst <= limit, `expected at most ${limit}`);
    }
  }, { query: `?model=${model}&gpu=off` });
}

await check("the GPU's way (on a software adapter) answers as in Python", async (page) => {
  assert.match(await text(page, "accelerator"), /WebGPU/);
  const expected = JSON.parse(await readFile(join(pictures, "expected.json"), "utf8"))["mobile_float32.tflite"];
  const found = await mapOf(page, join(pictures, "input_shaken.png"));
  const { worst, mean } = differences(found.values, expected.shaken.flat(2));
  console.log(`     shaken: greatest difference ${worst.toExponential(1)}, mean ${mean.toExponential(1)}`);
  assert.ok(worst <= GPU_LIMIT);
}, { args: WEBGPU });

await check("photos are opened, judged, tapped and refused in clear words", async (page) => {
  await open(page, "shaken.png");
  await until(page, "motion");
  await screenshot(page, "photo");
  assert.equal(await page.inputValue("#file"), "", "the same file can be opened again");
  assert.ok(!(await page.isVisible("#strip")), "one photo needs no strip");
  await open(page, "sharp.png");
  await until(page, "sharp");
  assert.equal(await text(page, "chip"), "Sharp");
  await page.focus("#stage");
  await page.keyboard.press("ArrowLeft");
  assert.ok(await page.isVisible("#region"), "an arrow key sets the subject");
  await page.keyboard.press("Escape");
  assert.ok(!(await page.isVisible("#region")));
  assert.equal(await text(page, "subject"), "Subject: anywhere");
  await page.click("#stage", { position: { x: 100, y: 100 } });
  assert.ok(await page.isVisible("#region"), "so does a tap");
  await page.click("#clear");
  assert.ok(!(await page.isVisible("#region")));
  await page.click("#stage", { position: { x: 100, y: 100 } });
  await open(page, "shaken.png");
  await until(page, "motion");
  assert.ok(!(await page.isVisible("#region")), "the next photo has a subject of its own");
  await page.setInputFiles("#file", { name: "notes.jpg", mimeType: "image/jpeg", buffer: Buffer.from("no picture") });
  await page.waitForSelector("#message:not(:empty)");
  assert.match(await text(page, "message"), /notes\.jpg can't be opened/);
  assert.deepEqual([await state(page), await text(page, "score-text")], ["", "–"], "nothing of the photo before is left");
  assert.ok((await page.isVisible("#placeholder")) && !(await page.isVisible("#photo")));
});

await check("what holds nothing, and what is too small, is said and not judged", async (page) => {
  await page.setInputFiles("#file", join(GOLDEN, "photos", "wall.png"));
  await until(page, "nothing to judge");
  assert.equal(await text(page, "score-text"), "–");
  const painted = await page.locator("#overlay").evaluate((canvas) => {
    return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0);
  });
  assert.ok(!painted, "and not tinted");
  await screenshot(page, "wall");
  await page.setInputFiles("#file", join(GOLDEN, "photos", "cat.png"));
  await until(page, "too small");
  assert.equal(await text(page, "chip"), "Too small to judge");
  await page.setInputFiles("#file", join(GOLDEN, "photos", "man.png"));
  await until(page, "sharp");
  assert.match(await text(page, "note"), /softer than it is/);
});

await check("several photos become a strip, in which one is chosen", async (page) => {
  const broken = { name: "notes.jpg", mimeType: "image/jpeg", buffer: Buffer.from("no picture") };
  const files = ["sharp.png", "shaken.png", "defocus.png"];
  const content = await Promise.all(files.map((name) => readFile(join(pictures, name))));
  const photos = files.map((name, i) => ({ name, mimeType: "image/png", buffer: content[i] }));
  await page.setInputFiles("#file", [...photos, broken]);
  const states = (wanted) =>
    page.waitForFunction((expected) => {
      const found = [...document.querySelectorAll("#strip button")].map((button) => button.dataset.state);
      return JSON.stringify(found) === JSON.stringify(expected);
    }, wanted);
  await states(["sharp", "motion", "defocus", "failed"]);
  assert.deepEqual(
    await page.locator("#strip span").allTextContents(),
    ["Sharp", "Motion blur", "Out of focus", "Not opened"],
  );
  assert.equal(await state(page), "sharp", "the first is shown");
  await page.click("#strip button[title='shaken.png']");
  await until(page, "motion");
  assert.equal(await page.getAttribute("#strip button[title='shaken.png']", "aria-current"), "true");
  await screenshot(page, "strip");
  await page.click("#strip button[title='notes.jpg']");
  await page.waitForSelector("#message:not(:empty)");
  assert.equal(await state(page), "");
  await page.click("#camera");
  await page.waitForSelector("#video:not([hidden])");
  assert.ok(!(await page.isVisible("#strip")), "the camera needs no strip");
});

const DEVICES = {
  desktop: { viewport: { width: 1280, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
};
for (const [name, device] of Object.entries(DEVICES)) {
  for (const colorScheme of ["light", "dark"]) {
    await check(`the page fits a ${name}, ${colorScheme}`, async (page) => {
      const phone = name === "phone";
      assert.equal(await text(page, "placeholder-text"), `Start the camera, or ${phone ? "open photos" : "drop photos here"}.`);
      assert.match(await text(page, "stage-help"), phone ? /^Tap/ : /^Click/);
      const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.equal(background, colorScheme === "dark" ? "rgb(20, 23, 26)" : "rgb(244, 246, 247)");
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing sticks out");
      await screenshot(page, `${name}_${colorScheme}_start`);
      await page.setInputFiles("#file", ["sharp.png", "shaken.png", "defocus.png"].map((file) => join(pictures, file)));
      await page.waitForSelector("#strip li:last-child [data-state=defocus]");
      await screenshot(page, `${name}_${colorScheme}_sharp`);
      await page.click("#strip button[title='defocus.png']");
      await until(page, "defocus");
      await page.click("#stage", { position: { x: 150, y: 120 } });
      await page.click("#tint");
      await screenshot(page, `${name}_${colorScheme}_defocus`);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing sticks out");
    }, { device: { ...device, colorScheme }, query: "?gpu=off" });
  }
}

await check("of photos opened one right after the other the last is shown", async (page) => {
  await page.evaluate(() => {
    const decode = window.createImageBitmap;
    window.createImageBitmap = async (...details) => {
      window.createImageBitmap = decode;
      await new Promise((done) => { window.decodeFirst = done; });
      return decode(...details);
    };
  });
  await open(page, "shaken.png");
  await open(page, "sharp.png");
  await until(page, "sharp");
  await page.evaluate(() => window.decodeFirst());
  await page.waitForTimeout(1500);
  assert.equal(await state(page), "sharp");
});

await check("without a network no photo is taken", async (page) => {
  await page.goto(`${address}?model=none.tflite`);
  await page.getByText("The network could not be loaded").waitFor();
  const label = page.locator("label[for=file]");
  assert.equal(await label.evaluate((element) => getComputedStyle(element).opacity), "0.5");
  await page.evaluate(async () => {
    const picture = await (await fetch("icon-192.png")).blob();
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([picture], "photo.png"));
    document.getElementById("stage").dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
  });
  await page.waitForTimeout(500);
  assert.equal(await text(page, "message"), "");
  assert.ok(await page.isVisible("#placeholder"));
}, { args: [] });

await check("the keyboard's focus is seen on one control", async (page) => {
  await page.focus("#camera");
  await page.keyboard.press("Tab");
  const outlined = await page.locator("#controls > :not(input)").evaluateAll((controls) => {
    const seen = controls.filter((control) => getComputedStyle(control).outlineStyle === "solid");
    return seen.map((control) => control.textContent);
  });
  assert.deepEqual(outlined, ["Open photos"]);
}, { args: [] });

await check("without a camera it says so", async (page) => {
  await page.click("#camera");
  await page.waitForSelector("#message:not(:empty)");
  assert.match(await text(page, "message"), /No camera was found/);
  assert.ok(await page.isEnabled("#camera"), "it can be tried again");
}, { args: [] });

await check("without permission it says so", async (page) => {
  await page.click("#camera");
  await page.waitForSelector("#message:not(:empty)");
  assert.match(await text(page, "message"), /may not use the camera/);
  await screenshot(page, "denied");
}, { args: [CAMERA[0], CAMERA[2], "--deny-permission-prompts"] });

await check("once loaded it works without a network", async (page, context) => {
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload();
  await context.setOffline(true);
  server.close();
  server.closeAllConnections();
  await page.reload();
  await page.waitForSelector("html[data-ready]", { timeout: 60_000 });
  await open(page, "defocus.png");
  await until(page, "defocus");
}, { args: [] });

server.close();
console.log(failed ? `${failed} failed` : "all passed");
process.exit(failed ? 1 : 0);
