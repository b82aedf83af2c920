// The small server serves its folder and nothing else, and no request ends it.

import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { serve } from "../serve.js";

/** A server of a folder with some files, beside another folder. */
async function started(t) {
  const parent = await mkdtemp(join(tmpdir(), "keras-blur-"));
  for (const folder of ["dist", "dist_secret"]) {
    await mkdir(join(parent, folder));
    await writeFile(join(parent, folder, "x.txt"), folder);
  }
  const server = await serve(join(parent, "dist"), 0);
  t.after(async () => {
    server.close();
    server.closeAllConnections();
    await rm(parent, { recursive: true });
  });
  return { folder: join(parent, "dist"), port: server.address().port };
}

/** The answer's status, headers and text, whatever the method. */
function ask(port, path, method = "GET") {
  return new Promise((resolve, reject) => {
    const sent = request({ port, path, method, host: "127.0.0.1" }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, text }));
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end();
  });
}

test("files of the folder are served, others are not", async (t) => {
  const { port } = await started(t);
  for (const [path, status] of [
    ["/%", 400],
    ["/..%2fdist_secret/x.txt", 404],
    ["/%00", 404],
    ["/x.txt/y", 404],
    [`/${"x".repeat(300)}`, 404],
    ["/", 404],
    ["/x.txt", 200],
  ]) {
    assert.equal((await ask(port, path)).status, status, path);
  }
  assert.equal((await ask(port, "/x.txt")).text, "dist");
});

test("only GET and HEAD are answered", async (t) => {
  const { port } = await started(t);
  for (const method of ["POST", "PUT", "DELETE", "TRACE", "OPTIONS", "PATCH"]) {
    const { status, headers, text } = await ask(port, "/x.txt", method);
    assert.deepEqual([status, headers.allow], [405, "GET, HEAD"], method);
    assert.ok(!text.includes("dist"), method);
  }
  const head = await ask(port, "/x.txt", "HEAD");
  assert.deepEqual([head.status, head.headers["content-length"], head.text], [200, "4", ""]);
});

test("a file that can't be opened is an error of its own", async (t) => {
  const { folder, port } = await started(t);
  await mkdir(join(folder, "folder"));
  assert.equal((await ask(port, "/folder")).status, 404);
  await writeFile(join(folder, "secret.txt"), "unreadable");
  await chmod(join(folder, "secret.txt"), 0);
  const readable = process.getuid() === 0; // root reads everything
  assert.equal((await ask(port, "/secret.txt")).status, readable ? 200 : 500);
  await rm(join(folder, "x.txt"));
  assert.equal((await ask(port, "/x.txt")).status, 404);
  await writeFile(join(folder, "y.txt"), "still there");
  assert.equal((await ask(port, "/y.txt")).text, "still there");
});

test("a file that shrinks while it is sent ends the answer, not the server", async (t) => {
  const { folder, port } = await started(t);
  const path = join(folder, "large.bin");
  await writeFile(path, Buffer.alloc(40_000_000));
  const broken = new Promise((resolve) => {
    const sent = request({ port, path: "/large.bin", host: "127.0.0.1" }, async (response) => {
      response.pause();
      await truncate(path, 10);
      response.resume();
      response.on("aborted", resolve);
      response.on("error", resolve);
      response.on("end", resolve);
    });
    sent.on("error", resolve);
    sent.end();
  });
  await broken;
  assert.equal((await ask(port, "/x.txt")).status, 200);
});
