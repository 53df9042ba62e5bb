// What Enter may do beside an input method (Telex and VNI by Unikey, ibus, fcitx, Windows).
// While letters are being composed Enter only arms; the line is accepted at the first of: a real
// Enter, 30 ms after the composition ended, 200 ms without that end. Then Enter is swallowed until
// its key is up, since ibus sends a second one into the field that follows.
const AFTER_COMPOSITION = 30, WITHOUT_END = 200, LATE = 500; // ms

const isEnter = ({ key, code }) => key === "Enter" || code === "Enter" || code === "NumpadEnter";
const isOurs = ({ target }) => target.className === "text"; // not the field of a dialog
export const isComposing = (event) => event.isComposing || event.keyCode === 229;

export class Enter {
  composing = false;
  #armed = null; // {field, withCtrl} of an Enter that has not accepted yet
  #isDown = false;
  #acceptedAt = -Infinity; // until the key of the Enter that accepted is up
  #endedAt = -Infinity;
  /** accept(field, withCtrl): called once for each Enter, when all its letters are in the field. */
  constructor(root, accept) {
    this.accept = accept;
    root.addEventListener("compositionstart", () => { this.composing = true; });
    root.addEventListener("compositionend", ({ timeStamp }) => {
      this.composing = false;
      this.#endedAt = timeStamp;
      if (this.#armed) this.#wait(AFTER_COMPOSITION);
    });
    root.addEventListener("beforeinput", (event) => { if (isOurs(event) && event.inputType === "insertLineBreak") event.preventDefault(); });
    root.addEventListener("keydown", (event) => { if (isEnter(event)) this.#onEnter(event); }, true);
    root.addEventListener("keyup", (event) => { if (isEnter(event)) this.#onUp(); }, true);
    addEventListener("blur", () => this.#onUp());
  }
  #onUp() { this.#isDown = false; this.#acceptedAt = -Infinity; }
  #onEnter(event) {
    const field = event.target, isReal = !isComposing(event) && !this.composing;
    const isLate = event.timeStamp - this.#acceptedAt < LATE;
    if (!isOurs(event) && !isLate) return;
    if (isReal || isLate) event.preventDefault();
    if (event.repeat) return;
    this.#isDown = true;
    if (isLate) return;
    this.#armed ??= { field, withCtrl: event.ctrlKey || event.metaKey };
    if (isReal) this.#fire();
    else this.#wait(!this.composing && event.timeStamp - this.#endedAt < LATE ? AFTER_COMPOSITION : WITHOUT_END);
  }
  #wait(time) { clearTimeout(this.timer); this.timer = setTimeout(() => this.#fire(), time); }
  #fire() {
    clearTimeout(this.timer);
    const { field, withCtrl } = this.#armed;
    this.#armed = null;
    if (this.composing) field.blur(); // ends the composition; its letters stay in this field
    this.composing = false;
    this.#acceptedAt = this.#isDown ? performance.now() : -Infinity;
    if (field.isConnected) this.accept(field, withCtrl);
  }
}
