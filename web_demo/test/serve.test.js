// The small server gives away its folder and nothing else.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { serve } from "../serve.js";

test("files of the folder are served, others are not, and nothing ends the server", async (t) => {
  const parent = await mkdtemp(join(tmpdir(), "keras-blur-"));
  for (const folder of ["dist", "dist_secret"]) {
    await mkdir(join(parent, folder));
    await writeFile(join(parent, folder, "x.txt"), folder);
  }
  const server = await serve(join(parent, "dist"), 0);
  t.after(async () => {
    server.close();
    await rm(parent, { recursive: true });
  });
  for (const [path, status] of [
    ["%", 400],
    ["..%2fdist_secret/x.txt", 404],
    ["%00", 404],
    ["", 404],
    ["x.txt", 200],
  ]) {
    const response = await fetch(`http://localhost:${server.address().port}/${path}`);
    await response.text();
    assert.equal(response.status, status, path);
  }
});
