// The camera: permission, pictures, and clear words when there is none.

const REASONS = {
  NotAllowedError:
    "The page may not use the camera. Allow it in the browser's settings for this page, or open a photo instead.",
  NotFoundError: "No camera was found. Connect one, or open a photo instead.",
  NotReadableError: "The camera is in use by another program. Close that one and start again, or open a photo.",
  OverconstrainedError: "No camera fits. Open a photo instead.",
};
const UNSUPPORTED =
  "This browser gives pages no camera here (it needs https or localhost). Open a photo instead.";

export class Camera {
  /** @param {HTMLVideoElement} video Where the pictures are shown. */
  constructor(video) {
    this.video = video;
    this.stream = null;
  }

  get running() {
    return this.stream !== null;
  }

  /** @param {() => void} onEnd Called if the camera goes away by itself.
   *  @throws {Error} Its message says, in words for the user, why there is no camera. */
  async start(onEnd) {
    if (!navigator.mediaDevices?.getUserMedia) throw new Error(UNSUPPORTED);
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
      });
      for (const track of this.stream.getTracks()) track.addEventListener("ended", onEnd);
      this.video.srcObject = this.stream;
      await this.video.play();
    } catch (error) {
      this.stop();
      throw new Error(REASONS[error.name] ?? `The camera can't be started: ${error.message}`);
    }
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
  }

  /** Focuses on a point (fractions of the sides) where the browser and the camera can; else does nothing. */
  async focus(row, column) {
    const track = this.stream?.getVideoTracks()[0];
    const able = track?.getCapabilities?.() ?? {};
    const advanced = {};
    if ("pointsOfInterest" in able) advanced.pointsOfInterest = [{ x: column, y: row }];
    if (able.focusMode?.includes("single-shot")) advanced.focusMode = "single-shot";
    if (Object.keys(advanced).length) await track.applyConstraints({ advanced: [advanced] }).catch(() => {});
  }

  /** Resolves when the next picture is there. Pictures that came before are skipped. */
  next() {
    return new Promise((resolve) => {
      if (this.video.requestVideoFrameCallback) this.video.requestVideoFrameCallback(() => resolve());
      else requestAnimationFrame(() => resolve());
    });
  }
}
