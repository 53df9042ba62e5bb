// One line's text field: a new <input> for each line keeps its own undo and its own composition.
// Places are code points here, as the server counts them.
import { placesIn } from "./diff.js";
import { make, t } from "./dom.js";
import { way } from "./keys.js";
import { ask } from "./store.js";

const DOUBT = 0.9; // letters read with less are underlined
const CHECK_AFTER = 80; // ms without a key
const pen = document.createElement("canvas").getContext("2d");
const units = (letters, place) => letters.slice(0, place).join("").length;
const isDoubtful = (read) => Boolean(read) && !(read.conf >= DOUBT); // null: only the language model has it

export class Field {
  /** start: the text at first; draft: what Esc brings back; onInput(text) after each change. */
  constructor(n, start, draft, onInput) {
    Object.assign(this, { n, start, draft: draft ?? "", read: [], findings: [], checked: "" });
    this.redoes = 0; // steps that the field itself can repeat
    this.mirror = make("div", { className: "mirror", ariaHidden: "true" });
    const input = this.input = make("input", { type: "text", value: start, autocomplete: "off", spellcheck: false,
      autocapitalize: "off", lang: "vi", ariaLabel: t("text_of_line"), className: "text" });
    input.dataset.gramm = "false";
    this.hints = make("p", { className: "hints", role: "status" });
    this.menu = make("ul", { className: "menu", role: "listbox", hidden: true, ariaLabel: t("letter_menu") });
    this.element = make("div", { className: "field" }, make("div", { className: "over" }, this.mirror, input), this.menu, this.hints);
    input.addEventListener("input", ({ inputType }) => {
      this.redoes = { historyUndo: this.redoes + 1, historyRedo: this.redoes - 1 }[inputType] ?? 0;
      this.closeMenu();
      this.#show();
      this.#check();
      onInput(this.value);
    });
    input.addEventListener("scroll", () => { this.mirror.scrollLeft = input.scrollLeft; });
    this.#show();
    this.#check();
  }
  get value() { return this.input.value; }
  get isTouched() { return this.value !== this.start; }
  /** The caret as a share of the text. */
  get caret() { return this.value ? this.input.selectionEnd / this.value.length : 0; }
  focus() { this.input.focus({ preventScroll: true }); this.input.setSelectionRange(this.value.length, this.value.length); }
  /** Font size at which the text is as wide as its image, within what can be read. */
  fit(width, most = 34) {
    pen.font = `20px ${getComputedStyle(this.input).fontFamily}`;
    const wanted = (20 * (width - 8)) / Math.max(1, pen.measureText(this.value || this.draft).width);
    this.element.style.setProperty("--size", `${Math.min(most, Math.max(18, wanted)).toFixed(1)}px`);
  }
  /** letters: the draft's, [{c, conf, others: [[letter, share]…]}…]. */
  setReading(letters) { this.read = letters; this.#show(); }
  /** What was read for each letter of the text; undefined where the draft has another letter. */
  #readings() { return placesIn(this.read.map(({ c }) => c).join(""), this.value).map((place) => this.read[place]); }
  async #check() {
    clearTimeout(this.timer);
    await new Promise((done) => { this.timer = setTimeout(done, CHECK_AFTER); });
    const text = this.value;
    if (!text || !this.input.isConnected) return;
    const { findings } = await ask("/api/check", { text, n: this.n }).catch(() => ({ findings: [] }));
    if (text !== this.value) return;
    Object.assign(this, { findings, checked: text });
    this.#show();
  }
  /** Marks under the letters, and what is wrong with them. */
  #show() {
    const letters = [...this.value], classes = this.#readings().map((read) => (isDoubtful(read) ? "doubt" : ""));
    const findings = this.checked === this.value ? this.findings : [];
    for (const { start, end, kind } of findings) for (let i = start; i < end; i++) classes[i] += ` ${kind}`;
    const spans = [];
    for (let start = 0, i = 1; i <= letters.length; i++) {
      if (i < letters.length && classes[i] === classes[start]) continue;
      spans.push(make("span", { className: classes[start], textContent: letters.slice(start, i).join("") }));
      start = i;
    }
    this.mirror.replaceChildren(...spans);
    this.mirror.scrollLeft = this.input.scrollLeft;
    const hints = findings.map(({ kind, start, end, hint }) =>
      t(`found_${kind}`, { text: letters.slice(start, end).join(""), hint: hint ?? "" }));
    this.hints.textContent = [...new Set(hints)].join(" · ");
  }
  /** Select the next (1) or last (-1) uncertain letter beside the caret; false when there is none. */
  selectUncertain(step) {
    const letters = [...this.value], { selectionStart: from, selectionEnd: to } = this.input;
    const places = this.#readings().flatMap((read, place) => (isDoubtful(read) ? [units(letters, place)] : []));
    const isFresh = from === to && from === this.value.length && !this.hasWalked; // from the start of the text on
    const next = step < 0 ? places.findLast((place) => place < from) : places.find((place) => isFresh || place >= to);
    if (next === undefined) return false;
    this.hasWalked = true;
    this.input.setSelectionRange(next, next + String.fromCodePoint(this.value.codePointAt(next)).length);
    return true;
  }
  /** Replace part of the text as typing does, so that the field's own undo takes it back. */
  #insert(text, start, end) {
    this.input.focus({ preventScroll: true });
    this.input.setSelectionRange(start, end);
    document.execCommand(text ? "insertText" : "delete", false, text);
  }
  /** Closes the menu, else brings the draft back; false when the text is the draft already. */
  #escape() {
    if (this.isMenuOpen) return this.closeMenu();
    return Boolean(this.draft) && this.value !== this.draft && this.#insert(this.draft, 0, this.value.length);
  }

  // ---- the menu of one letter: what else was read there, then its tones and shapes
  get isMenuOpen() { return !this.menu.hidden; }
  async openMenu() {
    const text = this.value, letters = [...text];
    const place = Math.min([...text.slice(0, this.input.selectionStart)].length, letters.length - 1);
    if (place < 0) return;
    const { variants } = await ask(`/api/variants?c=${encodeURIComponent(letters[place])}`).catch(() => ({ variants: [] }));
    const others = (this.#readings()[place]?.others ?? []).map(([letter]) => letter);
    this.choices = [...new Set([...others, ...variants])].filter((letter) => letter !== letters[place]);
    if (text !== this.value || !this.choices.length) return;
    this.menuAt = [units(letters, place), units(letters, place + 1)];
    this.menu.replaceChildren(...this.choices.map((letter, index) => make("li", { role: "option", id: `option-${index}`,
      textContent: letter.trim() || t(letter ? "a_space" : "no_letter"), onpointerdown: (event) => {
        event.preventDefault();
        this.chosen = index;
        this.pickFromMenu();
      } })));
    this.menu.hidden = false;
    this.#choose(0);
  }
  #choose(index) {
    this.chosen = (index + this.choices.length) % this.choices.length;
    [...this.menu.children].forEach((item, i) => { item.ariaSelected = String(i === this.chosen); });
    this.menu.children[this.chosen].scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", `option-${this.chosen}`);
  }
  pickFromMenu() { this.closeMenu(); this.#insert(this.choices[this.chosen], ...this.menuAt); }
  closeMenu() { this.menu.hidden = true; this.input.removeAttribute("aria-activedescendant"); }
  keys = [
    ["ArrowUp ArrowDown", "field", "", (event) => this.isMenuOpen && this.#choose(this.chosen + way(event))],
    ["Tab Shift+Tab", "field", "key_letter", (event) => this.selectUncertain(way(event))],
    ["Alt+ArrowDown", "field", "key_menu", () => { this.openMenu(); }],
    ["Escape", "field", "key_escape", () => this.#escape()],
  ];
}
