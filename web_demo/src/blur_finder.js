// The worker as the page sees it: a picture goes in, a blur map comes out.

export class BlurFinder {
  /** @param {Worker} worker */
  constructor(worker) {
    this.worker = worker;
    this.waiting = new Map();
    this.next = 0;
    worker.onmessage = ({ data: { id, answer, error } }) => {
      const { resolve, reject } = this.waiting.get(id);
      this.waiting.delete(id);
      if (error) reject(new Error(error));
      else resolve(answer);
    };
    worker.onerror = (event) => {
      for (const { reject } of this.waiting.values()) reject(new Error(event.message || "the worker stopped"));
      this.waiting.clear();
    };
  }

  /** Loads the model; resolves to its contract and the accelerator that runs it. */
  async load({ base, model, gpu }) {
    const answer = await this.#ask({ request: "load", base, model, gpu });
    this.contract = answer.contract;
    return answer;
  }

  /**
   * @param {ImageBitmap} picture It is closed afterwards.
   * @returns {Promise<{map: {rows: number, columns: number, classes: number, values: Float32Array},
   *   measured: object, times: {grab: number, prepare: number, infer: number}}>} What `detail` needs; milliseconds.
   */
  async look(picture) {
    const { height, width } = picture;
    return this.#mapped(await this.#ask({ request: "look", picture, height, width }, [picture]));
  }

  /** The same for RGBA bytes. */
  async lookAtPixels(pixels, height, width) {
    return this.#mapped(await this.#ask({ request: "look", pixels, height, width }));
  }

  #mapped({ probabilities, measured, times }) {
    const { height, width, outputStride, classes } = this.contract;
    const [rows, columns] = [height / outputStride, width / outputStride];
    return { map: { rows, columns, classes: classes.length, values: probabilities }, measured, times };
  }

  #ask(message, transfer = []) {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, ...message }, transfer);
    });
  }
}
