// Everything slow happens in this worker, so that the page never waits.

import { readContract } from "./contract.js";
import { measure } from "./detail.js";
import { Network } from "./network.js";
import { prepare } from "./prepare.js";

let network;
let canvas;

const answers = {
  async load({ base, model, gpu }) {
    const [contract, file] = await Promise.all([
      fetched(new URL("model/contract.json", base), "json"),
      fetched(new URL(`model/${model}`, base), "arrayBuffer"),
    ]);
    network = await Network.load({
      runtime: new URL("runtime/", base).href,
      model: new Uint8Array(file),
      contract: readContract(contract, model),
      gpu,
    });
    return { contract: network.contract, accelerator: network.accelerator };
  },

  async look({ picture, pixels, height, width }) {
    const start = performance.now();
    const rgba = pixels ?? grabbed(picture, height, width);
    const grab = performance.now();
    const measured = measure(rgba, height, width);
    const input = prepare(rgba, height, width, network.contract);
    const prepared = performance.now();
    const probabilities = await network.run(input);
    const inferred = performance.now();
    return {
      probabilities,
      measured,
      times: { grab: grab - start, prepare: prepared - grab, infer: inferred - prepared },
    };
  },
};

/** Returns the pixels of a picture and closes it. */
function grabbed(picture, height, width) {
  if (canvas?.width !== width || canvas?.height !== height) canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0, width, height);
  picture.close();
  return context.getImageData(0, 0, width, height).data;
}

async function fetched(url, kind) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.pathname}: the server answered ${response.status}`);
  return response[kind]();
}

self.onmessage = async ({ data: { id, request, ...details } }) => {
  try {
    const answer = await answers[request](details);
    self.postMessage({ id, answer }, answer.probabilities ? [answer.probabilities.buffer] : []);
  } catch (error) {
    self.postMessage({ id, error: String(error.message ?? error) });
  }
};
