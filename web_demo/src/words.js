// What the page says, in words that fit the device.

const FINDINGS = {
  sharp: "Sharp",
  motion: "Motion blur",
  defocus: "Out of focus",
  blur: "Blurred",
  "nothing to judge": "Nothing to judge",
  "too small": "Too small to judge",
};
const NOTES = {
  enlarged: "A small photo: it may look softer than it is.",
  uncalibrated: "This network isn't calibrated: scores only order photos.",
};

const touch = matchMedia("(pointer: coarse)").matches;
const drops = matchMedia("(hover: hover) and (pointer: fine)").matches;
const tap = touch ? "Tap" : "Click";

/** What a photo's state is called; "" if there is none. */
export const finding = (state) => FINDINGS[state] ?? "";

/** The same as advice, while the camera runs. */
export const advice = (state) => ({ motion: "Hold still: motion blur", defocus: focus() })[state] ?? finding(state);

const focus = () => (touch ? "Out of focus: tap to focus" : FINDINGS.defocus);

export const start = drops ? "Start the camera, or drop photos here." : "Start the camera, or open photos.";
export const help = `${tap}, or press the arrow keys, to say where the subject is; Escape for anywhere.`;

/** A verdict's notes that concern the user. */
export const notes = (verdict) => verdict.notes.map((note) => NOTES[note] ?? "").join(" ").trim();
