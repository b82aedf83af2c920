// The network in LiteRT.js.

import { loadAndCompile, loadLiteRt, Tensor } from "@litertjs/core";

/** Makes LiteRT's notices debugging output: it prints everything by console.error. */
function sortMessages() {
  const error = console.error.bind(console);
  console.error = (...words) => (/^(INFO|WARNING)\b/.test(String(words[0])) ? console.debug(...words) : error(...words));
}

/** A compiled network of fixed size: pixels in, probabilities out. */
export class Network {
  /**
   * @param {object} options
   * @param {string} options.runtime Address of the folder with LiteRT's WebAssembly files.
   * @param {Uint8Array} options.model The .tflite file.
   * @param {{height: number, width: number, classes: string[], outputStride: number}} options.contract
   * @param {boolean} options.gpu Try WebGPU first.
   */
  static async load({ runtime, model, contract, gpu }) {
    sortMessages();
    await loadLiteRt(runtime);
    const accelerators = gpu ? ["webgpu", "wasm"] : ["wasm"];
    let reason;
    for (const accelerator of accelerators) {
      try {
        const compiled = await loadAndCompile(model, { accelerator });
        const network = new Network(compiled, accelerator, contract);
        await network.run(new Uint8Array(contract.height * contract.width * 3)); // what can't run fails now
        return network;
      } catch (error) {
        reason = error;
      }
    }
    throw new Error(`the network can't run in this browser: ${reason.message ?? reason}`);
  }

  constructor(compiled, accelerator, contract) {
    this.compiled = compiled;
    this.accelerator = accelerator;
    this.contract = contract;
    this.dtype = compiled.getInputDetails()[0].dtype;
  }

  /**
   * @param {Uint8Array} pixels RGB, as `prepare` returns them.
   * @returns {Promise<Float32Array>} Probabilities, rows x columns x classes.
   */
  async run(pixels) {
    const { height, width, outputStride, classes } = this.contract;
    const values = this.dtype === "float32" ? new Float32Array(pixels) : pixels;
    const host = new Tensor(values, [1, height, width, 3]);
    const input = this.accelerator === "webgpu" ? await host.moveTo("webgpu") : host;
    let outputs;
    try {
      outputs = await this.compiled.run([input]);
    } finally {
      input.delete();
    }
    const output = outputs[0].accelerator === "wasm" ? outputs[0] : await outputs[0].moveTo("wasm");
    const probabilities = toProbabilities(output.toTypedArray());
    output.delete();
    const expected = (height / outputStride) * (width / outputStride) * classes.length;
    if (probabilities.length !== expected) {
      throw new Error(`the model doesn't fit contract.json: ${probabilities.length} values, expected ${expected}`);
    }
    return probabilities;
  }
}

/** Returns a copy, because the runtime reuses its memory. Integer models may answer in steps of 1/256. */
function toProbabilities(values) {
  if (values instanceof Float32Array) return values.slice();
  const offset = values instanceof Int8Array ? 128 : 0;
  return Float32Array.from(values, (value) => (value + offset) / 256);
}
