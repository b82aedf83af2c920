// The page: camera or photo in, tint and verdict out.

import { BlurFinder } from "./blur_finder.js";
import { Camera } from "./camera.js";
import { detail } from "./detail.js";
import { draw } from "./overlay.js";
import { regionAfterKey } from "./region.js";
import { Strip } from "./strip.js";
import { Timing } from "./timing.js";
import { around, assess, Frames, LONGEST_GAP, NOTHING_TO_JUDGE, WARN_SCORE } from "./verdict.js";
import * as words from "./words.js";

const MAX_SIDE = 4096; // larger photos are shrunk

const element = Object.fromEntries([...document.querySelectorAll("[id]")].map((e) => [e.id, e]));
const options = new URLSearchParams(location.search);
const base = new URL(".", location.href).href;
const finder = new BlurFinder(new Worker("runtime/worker.js"));
const camera = new Camera(element.video);
const strip = new Strip(element.strip, (file) => openPhoto(file));
const timing = new Timing();
let frames = new Frames();
let series = null; // the photos of the strip that are being looked into
let request = 0; // counts what the user asked for; answers to all but the last are dropped
let seenAt = 0; // when the last frame was seen, in seconds
let region = null;
let photo = null; // what was seen in an opened photo, judged again when the region changes
let marked = null; // the map whose blur is drawn over the picture
let tinted = true;

// ---- verdict ----

/** The verdict on what was seen, about the region. */
function judged({ map, measured }) {
  return assess(map, finder.contract.calibration, detail(measured, region), region);
}

function show(map, verdict, state) {
  const start = performance.now();
  marked = verdict.judged ? map : null;
  drawBlur();
  element.score.value = verdict.score ?? 0;
  element["score-text"].textContent = percent(verdict.score);
  element["motion-share"].textContent = percent(verdict.motionShare);
  element["defocus-share"].textContent = percent(verdict.defocusShare);
  element.note.textContent = words.notes(verdict);
  showState(state);
  return performance.now() - start;
}

/** Forgets what was known of the last picture. */
function forget() {
  photo = region = marked = null;
  frames = new Frames();
  drawBlur();
  element.score.value = 0;
  for (const id of ["score-text", "motion-share", "defocus-share"]) element[id].textContent = "–";
  element.subject.textContent = element.note.textContent = "";
  showState("");
}

function drawBlur() {
  draw(element.overlay, tinted ? marked : null);
}

const percent = (share) => (share === null ? "–" : `${Math.round(100 * share)} %`);

/** A photo's state: "sharp", or the verdict's reason. */
const stateOf = (verdict) => (verdict.judged && !verdict.warn ? "sharp" : verdict.reason);

/** The same of a camera's frames; "" while it is not sure. */
function stateOfFrames({ shown, reason, judged, score }) {
  if (shown) return reason;
  if (!judged) return NOTHING_TO_JUDGE;
  return score > WARN_SCORE ? "" : "sharp";
}

function showState(state) {
  if (element.chip.dataset.state === state) return;
  element.chip.dataset.state = state;
  element.chip.textContent = camera.running ? words.advice(state) : words.finding(state);
  element.chip.hidden = !state;
}

// ---- camera ----

async function startCamera() {
  const mine = ++request;
  say("");
  element.camera.disabled = true;
  try {
    await camera.start(stopCamera);
  } catch (error) {
    if (mine === request) say(error.message);
    return;
  } finally {
    element.camera.disabled = false;
  }
  if (mine !== request) {
    camera.stop();
    return;
  }
  strip.show([]);
  series = null;
  stage("video");
  element.camera.textContent = "Stop camera";
  watch();
}

function stopCamera() {
  camera.stop();
  element.camera.textContent = "Start camera";
  stage(null);
}

/** Looks at picture after picture, always the newest; ends when the camera stops. */
async function watch() {
  const { stream } = camera;
  try {
    while (camera.stream === stream && stream) {
      await camera.next();
      if (camera.stream !== stream) return;
      if (!element.video.videoWidth) continue;
      const seen = await finder.look(await createImageBitmap(element.video));
      if (camera.stream !== stream) return;
      const verdict = judged(seen);
      seenAt = seconds();
      const alert = frames.update(seenAt, verdict.score, verdict.blurType);
      if (alert.appeared) navigator.vibrate?.(40);
      const drawn = show(seen.map, verdict, stateOfFrames(alert));
      report(timing.add({ ...seen.times, draw: drawn }, performance.now()));
    }
  } catch (error) {
    if (camera.stream !== stream) return;
    stopCamera();
    say(error.message);
  }
}

const seconds = () => performance.now() / 1000;

// ---- photo ----

/** Opens photos: the first at once, and of several all in turn into the strip. */
async function openPhotos(files) {
  if (!files.length || !finder.contract) return; // photos may be dropped before the network is there
  const mine = (series = {});
  strip.show(files);
  await openPhoto(files[0]);
  if (files.length === 1) return;
  for (const file of files) {
    if (mine !== series) return;
    await lookInto(file);
  }
}

/** Judges a photo of the strip, as a whole. */
async function lookInto(file) {
  let picture, small;
  try {
    picture = await decoded(file);
    small = await createImageBitmap(picture);
    const { map, measured } = await finder.look(picture);
    const state = stateOf(assess(map, finder.contract.calibration, detail(measured)));
    strip.tell(file, state, words.finding(state), small);
  } catch {
    strip.tell(file, "failed", "Not opened", small);
  } finally {
    small?.close();
  }
}

/** Shows a photo large, with its verdict. If that fails, nothing of an earlier photo stays. */
async function openPhoto(file) {
  const mine = ++request;
  say("");
  if (camera.running) stopCamera();
  strip.choose(file);
  const fail = (reason) => {
    if (mine !== request) return;
    stage(null);
    say(reason);
  };
  let picture;
  try {
    picture = await decoded(file);
  } catch {
    fail(`${file.name} can't be opened: expected a picture that this browser knows, such as JPEG or PNG.`);
    return;
  }
  if (mine !== request) {
    picture.close();
    return;
  }
  const { canvas } = element.photo.getContext("2d");
  [canvas.width, canvas.height] = [picture.width, picture.height];
  canvas.getContext("2d").drawImage(picture, 0, 0);
  stage("photo");
  try {
    const seen = await finder.look(picture);
    if (mine !== request) return;
    photo = seen;
    const drawn = judgePhoto();
    report(timing.only({ ...seen.times, draw: drawn }));
  } catch (error) {
    fail(error.message);
  }
}

/** An upright picture; a huge one is shrunk so that memory suffices. */
async function decoded(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const longer = Math.max(picture.width, picture.height);
  if (longer <= MAX_SIDE) return picture;
  const scale = MAX_SIDE / longer;
  const small = await createImageBitmap(picture, {
    resizeWidth: Math.max(1, Math.round(picture.width * scale)),
    resizeHeight: Math.max(1, Math.round(picture.height * scale)),
    resizeQuality: "high",
  });
  picture.close();
  return small;
}

function judgePhoto() {
  const verdict = judged(photo);
  return show(photo.map, verdict, stateOf(verdict));
}

// ---- page ----

function say(text) {
  element.message.textContent = text;
}

function stage(kind) {
  element.video.hidden = kind !== "video";
  element.photo.hidden = kind !== "photo";
  element.placeholder.hidden = kind !== null;
  forget();
  place();
}

/** Where the picture lies inside the stage, in CSS pixels. */
function pictureBox() {
  const shown = element.video.hidden ? element.photo : element.video;
  const [width, height] = [shown.videoWidth || shown.width, shown.videoHeight || shown.height];
  if (shown.hidden || !width) return null;
  const [outer, inner] = [element.stage.getBoundingClientRect(), shown.getBoundingClientRect()];
  const scale = Math.min(inner.width / width, inner.height / height);
  const size = { width: width * scale, height: height * scale };
  return {
    left: inner.left - outer.left + (inner.width - size.width) / 2,
    top: inner.top - outer.top + (inner.height - size.height) / 2,
    ...size,
  };
}

/** Puts the tint and the region over the picture. */
function place() {
  const box = pictureBox();
  const put = (target, left, top, width, height) => {
    const values = { left, top, width, height };
    for (const [name, value] of Object.entries(values)) target.style[name] = `${value}px`;
  };
  if (box) put(element.overlay, box.left, box.top, box.width, box.height);
  element.region.hidden = !region || !box;
  element.clear.hidden = !region;
  if (!region || !box) return;
  const [row, column, height, width] = region;
  put(element.region, box.left + column * box.width, box.top + row * box.height, width * box.width, height * box.height);
}

function setRegion(next) {
  region = next;
  place();
  element.subject.textContent = region ? `Subject: ${middle(region)}` : "Subject: anywhere";
  if (photo) judgePhoto();
}

const middle = ([row, column, height, width]) =>
  `${percent(column + width / 2)} from the left, ${percent(row + height / 2)} from the top`;

function tapped(event) {
  const [outer, box] = [element.stage.getBoundingClientRect(), pictureBox()];
  if (!box) return;
  const column = (event.clientX - outer.left - box.left) / box.width;
  const row = (event.clientY - outer.top - box.top) / box.height;
  if (row < 0 || row > 1 || column < 0 || column > 1) return;
  setRegion(around(row, column));
  camera.focus(row, column);
}

function report(means) {
  for (const name of ["grab", "prepare", "infer", "draw"]) element[name].textContent = means[name].toFixed(1);
  element.rate.textContent = means.rate === null ? "–" : means.rate.toFixed(1);
}

function listen() {
  element.camera.addEventListener("click", () => (camera.running ? stopCamera() : startCamera()));
  element.file.addEventListener("change", () => {
    openPhotos([...element.file.files]);
    element.file.value = ""; // so that choosing the same file again is a change
  });
  element.clear.addEventListener("click", () => setRegion(null));
  element.tint.addEventListener("click", () => {
    tinted = !tinted;
    element.tint.setAttribute("aria-pressed", String(tinted));
    drawBlur();
  });
  element.stage.addEventListener("click", tapped);
  element.stage.addEventListener("keydown", (event) => {
    const next = regionAfterKey(region, event.key);
    if (next === undefined || !pictureBox()) return;
    event.preventDefault();
    setRegion(next);
  });
  element.video.addEventListener("resize", place);
  new ResizeObserver(place).observe(element.stage);
  for (const name of ["dragover", "drop"]) {
    document.addEventListener(name, (event) => event.preventDefault());
  }
  element.stage.addEventListener("dragover", () => element.stage.classList.add("dropping"));
  element.stage.addEventListener("dragleave", () => element.stage.classList.remove("dropping"));
  element.stage.addEventListener("drop", (event) => {
    element.stage.classList.remove("dropping");
    openPhotos([...event.dataTransfer.files]);
  });
  setInterval(() => {
    if (camera.running && seconds() - seenAt > LONGEST_GAP) showState(""); // if frames stop, the warning ends
  }, 250);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && camera.running) stopCamera(); // a hidden page needs no camera
  });
}

async function begin() {
  element["placeholder-text"].textContent = words.start;
  element["stage-help"].textContent = words.help;
  listen();
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("service_worker.js").catch(() => {});
  try {
    const gpu = options.get("gpu") !== "off" && (await navigator.gpu?.requestAdapter().catch(() => null)) != null;
    // Integer models run on the CPU, float models on the GPU.
    const model = options.get("model") ?? (gpu ? "mobile_float32.tflite" : "mobile_int8.tflite");
    const { accelerator, contract } = await finder.load({ base, model, gpu });
    element.accelerator.textContent = accelerator === "webgpu" ? "GPU (WebGPU)" : "CPU (WebAssembly)";
    element.network.textContent = `${model}, ${contract.width}×${contract.height}`;
  } catch (error) {
    element["placeholder-title"].textContent = "The network could not be loaded";
    element["placeholder-text"].textContent = error.message;
    return;
  }
  element["placeholder-title"].textContent = "Ready";
  element.camera.disabled = element.file.disabled = false;
  document.documentElement.dataset.ready = "yes";
}

begin();
export { finder };
