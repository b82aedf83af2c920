// Makes dist/: the page, bundled with LiteRT.js, and beside it the runtime and the shipped network.

import { createHash } from "node:crypto";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const [source, dist] = [join(here, "src"), join(here, "dist")];
const shipped = join(here, "..", "keras_blur", "pretrained", "mobile");
const runtime = join(here, "node_modules", "@litertjs", "core", "wasm");
const STATIC = ["index.html", "style.css", "manifest.webmanifest", "icon.svg", "icon-192.png", "icon-512.png"];
const MODELS = ["mobile_int8.tflite", "mobile_float32.tflite"];
// The variants with threads or JSPI are left out: one thread needs no special headers and runs everywhere.
const RUNTIME = ["litert_wasm_internal", "litert_wasm_compat_internal"].flatMap((n) => [`${n}.js`, `${n}.wasm`]);

await rm(dist, { recursive: true, force: true });
await mkdir(join(dist, "model"), { recursive: true });
await Promise.all([
  ...STATIC.map((name) => cp(join(source, name), join(dist, name))),
  ...MODELS.map((name) => cp(join(shipped, name), join(dist, "model", name))),
  cp(join(shipped, "contract.json"), join(dist, "model", "contract.json")),
  ...RUNTIME.map((name) => cp(join(runtime, name), join(dist, "runtime", name))),
]);

const common = { bundle: true, minify: true, target: "es2022", logLevel: "warning" };
await build({ ...common, entryPoints: [join(source, "main.js")], outdir: dist, format: "esm" });
// A classic worker, because LiteRT.js loads its runtime with importScripts, which looks for it beside the worker.
await build({ ...common, entryPoints: [join(source, "worker.js")], outdir: join(dist, "runtime"), format: "iife" });

const files = (await readdir(dist, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile())
  .map((entry) => relative(dist, join(entry.parentPath, entry.name)))
  .sort();
const digest = createHash("sha256");
for (const name of files) digest.update(name).update(await readFile(join(dist, name)));
const define = {
  VERSION: JSON.stringify(digest.digest("hex").slice(0, 12)),
  FILES: JSON.stringify(["./", ...files]),
};
await build({ ...common, entryPoints: [join(source, "service_worker.js")], outdir: dist, define });
await writeFile(join(dist, ".complete"), "");
console.log(`built ${files.length + 1} files in ${relative(process.cwd(), dist) || "."}`);
