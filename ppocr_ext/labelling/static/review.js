// Existing labels against what the model reads, the surest disagreement first.
import { diff } from "./diff.js";
import { make, t } from "./dom.js";
import { LinesView } from "./lines.js";

export class ReviewView extends LinesView {
  constructor(app) { super(app, "review"); }
  /** The label and the reading, or what two people wrote. */
  #pair({ texts, text, draft }) { return texts ?? [text, draft ?? ""]; }
  extra(line) {
    const runs = diff(...this.#pair(line)), titles = line.texts ? ["text_one", "text_other"] : ["label", "reading"];
    return make("table", { className: "pair" }, make("tbody", {}, ...titles.map((title, side) => make("tr", {},
      make("th", { scope: "row", textContent: t(title) }),
      make("td", { lang: "vi", className: "text" }, ...runs.map(([kind, ...texts]) => (kind === "same" ? texts[side]
        : make("mark", { textContent: texts[side] || "∅", className: texts[side] ? `side${side}` : "missing" }))))))));
  }
  acceptText(text, withCtrl) { super.acceptText(withCtrl ? this.#pair(this.line)[1] : text); }
  keys = [["Ctrl+Enter", "field", "key_take_second", null], ...this.keys];
}
