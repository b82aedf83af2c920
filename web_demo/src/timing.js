// How long each stage takes: means over the pictures of the last second.

const STAGES = ["grab", "prepare", "infer", "draw"];
const WINDOW = 1000;

export class Timing {
  constructor() {
    this.entries = [];
  }

  /** Adds a picture's times (milliseconds); returns the means and the pictures a second. */
  add(times, now) {
    this.entries.push({ ...times, now });
    this.entries = this.entries.filter((entry) => entry.now > now - WINDOW);
    const first = this.entries[0];
    const rate = this.entries.length > 1 ? ((this.entries.length - 1) * 1000) / (now - first.now) : null;
    return { ...this.#means(), rate };
  }

  /** Returns the times of a single photo, and forgets the earlier pictures. */
  only(times) {
    this.entries = [{ ...times, now: 0 }];
    return { ...this.#means(), rate: null };
  }

  #means() {
    const mean = (stage) => this.entries.reduce((sum, entry) => sum + entry[stage], 0) / this.entries.length;
    return Object.fromEntries(STAGES.map((stage) => [stage, mean(stage)]));
  }
}
