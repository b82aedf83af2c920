// A small server of dist/ for this machine: node serve.js [port]

import { open } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, extname, join, normalize, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".wasm": "application/wasm",
};

const METHODS = ["GET", "HEAD"];

/** Serves a folder on localhost; resolves to the server once it listens. Port 0 takes a free one. */
export function serve(folder, port) {
  const server = createServer(async (request, response) => {
    try {
      await answer(folder, request, response);
    } catch (error) {
      if (response.headersSent) response.destroy(error);
      else refuse(response, 500, "the file can't be read");
    }
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

async function answer(folder, request, response) {
  if (!METHODS.includes(request.method)) {
    refuse(response, 405, "only GET and HEAD are answered", { allow: METHODS.join(", ") });
    return;
  }
  let path;
  try {
    path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
  } catch {
    refuse(response, 400, "no address");
    return;
  }
  const file = await opened(folder, normalize(join(folder, path.endsWith("/") ? `${path}index.html` : path)));
  if (!file) {
    refuse(response, 404, "not found");
    return;
  }
  try {
    response.writeHead(200, {
      "content-type": TYPES[extname(path) || ".html"] ?? "application/octet-stream",
      "content-length": file.size,
      "cache-control": "no-cache",
      "content-security-policy":
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: data:; media-src 'self' blob:",
    });
    if (request.method === "HEAD" || !file.size) {
      response.end();
      return;
    }
    const content = file.handle.createReadStream({ autoClose: false, end: file.size - 1 });
    await pipeline(content, response);
    if (content.bytesRead < file.size) request.socket.destroy(); // it shrank: the rest will never come
  } finally {
    await file.handle.close();
  }
}

/** Opens a file of the folder; returns it and its size, or null if there is none. */
async function opened(folder, path) {
  if (!path.startsWith(folder + sep) || path.includes("\0")) return null;
  let handle;
  try {
    handle = await open(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ENAMETOOLONG"].includes(error.code)) return null;
    throw error;
  }
  const found = await handle.stat();
  if (found.isFile()) return { handle, size: found.size };
  await handle.close();
  return null;
}

function refuse(response, status, text, headers = {}) {
  response.writeHead(status, { "content-type": "text/plain", ...headers }).end(text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.argv[2] ?? 8080);
  const folder = join(dirname(fileURLToPath(import.meta.url)), "dist");
  try {
    await serve(folder, port);
    console.log(`http://localhost:${port}  (Ctrl+C stops it)`);
  } catch (error) {
    console.error(`port ${port}: ${error.message}; try another: node serve.js 8081`);
    process.exitCode = 1;
  }
}
