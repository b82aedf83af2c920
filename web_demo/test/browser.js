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
import { assess } from "../src/verdict.js";

// Of the probabilities' difference from Python. Integer arithmetic is exact, up to the order of float steps at its end.
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

const contract = readContract(JSON.parse(await readFile(join(here, "..", "dist", "model", "contract.json"), "utf8")));
const server = await serve(join(here, "..", "dist"), 0);
const address = `http://localhost:${server.address().port}/`;
let profile;
let failed = 0;

async function check(name, test, { args = CAMERA, permissions, query = "" } = {}) {
  profile = await mkdtemp(join(tmpdir(), "keras-blur-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: ["--headless", "--no-sandbox", ...QUIET, ...(args.includes(WEBGPU[0]) ? [] : ["--disable-gpu"]), ...args],
    viewport: { width: 430, height: 860 },
    permissions,
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

const reason = (page) => page.locator("#chip").evaluate((chip) => (chip.hidden ? "none" : chip.dataset.reason));
const text = (page, id) => page.locator(`#${id}`).textContent();
const until = (page, wanted) =>
  page.waitForFunction((value) => {
    const chip = document.getElementById("chip");
    return (chip.hidden ? "none" : chip.dataset.reason) === value;
  }, wanted, { timeout: 30_000, polling: 50 });

const scoreBelow = (page, limit) =>
  page.waitForFunction((percent) => {
    return Number.parseInt(document.getElementById("score-text").textContent, 10) < percent;
  }, limit);

/** Starts the camera, with a network that says the same of every picture. */
async function watch(page, probabilities) {
  await page.evaluate(async (values) => {
    const { finder } = await import(new URL("main.js", location.href).href);
    finder.look = async (picture) => {
      picture.close();
      return { map: { rows: 1, columns: 1, classes: 3, values }, times: { grab: 0, prepare: 0, infer: 0 } };
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
  await until(page, "none");
  await page.waitForTimeout(1000);
  assert.equal(await reason(page), "none", "a sharp picture keeps it quiet");
  await screenshot(page, "sharp");
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
    assert.equal(await reason(page), "motion");
  }
  await page.evaluate(() => document.getElementById("video").pause());
  await until(page, "none");
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
    const { map } = await finder.look(await createImageBitmap(blob, { colorSpaceConversion: "none" }));
    return { ...map, values: [...map.values] };
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
    for (const { file, cells, expected } of golden.cases) {
      const map = await mapOf(page, join(GOLDEN, file));
      const { worst, mean } = differences(averaged(map, golden.cells), cells);
      const verdict = assess(map, null, contract);
      console.log(`     ${file}: greatest difference of a cell ${worst.toExponential(1)}, score ${verdict.score.toFixed(3)}`);
      assert.ok(worst <= tolerance.cell && mean <= tolerance.mean, `${file}: ${worst}, ${mean}`);
      assert.ok(Math.abs(verdict.score - expected.score) <= tolerance.score, `${file}: score ${verdict.score}`);
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
  await open(page, "sharp.png");
  await scoreBelow(page, 30);
  assert.equal(await reason(page), "none");
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
});

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
  await scoreBelow(page, 30);
  await page.evaluate(() => window.decodeFirst());
  await page.waitForTimeout(1500);
  assert.equal(await reason(page), "none");
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
  assert.deepEqual(outlined, ["Open photo"]);
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
