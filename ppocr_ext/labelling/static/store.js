// What the server knows of lines, and what was done here and is on its way to it.
import { make, t } from "./dom.js";
import { keep, Queue } from "./queue.js";

const IMAGES = 80, BLOCK = 200, POLL = 2500; // pictures kept; lines a request; ms
const WITH_TEXT = ["ok", "labelled", "unsure"], SETTLED = ["ok", "skip", "unsure", "bad"];

/** The server's answer; throws an Error with status, code, found and cure. */
export async function ask(path, body) {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(path, body && { method: "POST", body: JSON.stringify(body), headers })
    .catch(({ message }) => { throw Object.assign(new Error(message), { code: "offline" }); });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const { status, statusText } = response, { error } = answer;
  throw Object.assign(new Error(error?.found ?? statusText), { code: "offline" }, error, { status });
}

export class Store extends EventTarget {
  constructor(state) {
    super();
    Object.assign(this, { state, mayWrite: state.role === "write", leases: new Map(), lines: new Map(), images: new Map(),
      read: new Map(), loading: new Map(), past: [], future: [], asked: new Set(), who: localStorage["ppocr-label-who"] ?? "" });
    this.queue = new Queue(state.project, (client, actions, who) => ask("/api/actions", { client, actions, who }));
    this.queue.addEventListener("ack", ({ detail }) => this.#onAck(detail));
    this.resent = this.queue.now(); // what an earlier window could not send
    addEventListener("pagehide", () => navigator.sendBeacon("/api/lease", new Blob(
      [JSON.stringify({ client: this.queue.client, who: this.who, n: null })], { type: "application/json" })));
    this.#poll();
  }
  tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail })); }
  listen(name, does) { this.addEventListener(name, ({ detail }) => does(detail)); }

  // ---- lines
  line(n) { return this.lines.get(n); }
  put(line) {
    const old = this.line(line.n);
    const isMoved = !old || JSON.stringify(old.quad) !== JSON.stringify(line.quad);
    this.lines.set(line.n, { ...line, v: isMoved ? line.rev : old.v });
    if (isMoved) this.images.delete(line.n);
    if (old?.draft !== line.draft) this.read.delete(line.n);
    this.tell("line", line.n);
  }
  /** Lines from the server, but for those that have changed since it answered. */
  take(lines) {
    for (const line of lines) {
      const old = this.line(line.n);
      if (!old || (!(line.rev < old.rev) && !this.queue.touches(line.n))) this.put(line);
    }
  }
  #drop(gone) { for (const n of gone) this.lines.delete(n); if (gone.length) this.tell("gone", gone); }
  /** Fetch those of the lines that are not here; resolves when all are. */
  async need(ns, isAgain = false) {
    const missing = ns.filter((n) => typeof n === "number" && (isAgain || !this.line(n)) && !this.loading.has(n));
    for (let at = 0; at < missing.length; at += BLOCK) {
      const block = missing.slice(at, at + BLOCK);
      const asked = ask(`/api/lines?ns=${block.join(",")}`).then(({ lines }) => this.take(lines))
        .catch(() => {}) // rows stay empty until they are asked for again
        .finally(() => block.forEach((n) => this.loading.delete(n)));
      block.forEach((n) => this.loading.set(n, asked));
    }
    await Promise.all(ns.map((n) => this.loading.get(n)));
  }
  /** {ns, confs, …}: the lines of a queue in their order, and how sure their drafts are in per cent. */
  async order(name, order) {
    const answer = await ask(`/api/queue?${new URLSearchParams({ name, with: 50, ...(order && { order }) })}`);
    this.take(answer.lines);
    return answer;
  }
  /** The picture of a line, asked for once and kept; the same element each time. */
  image(n) {
    let image = this.images.get(n);
    if (!image) {
      image = make("img", { alt: t("image_of_line"), draggable: false, src: `/image/line/${n}?v=${this.line(n)?.v ?? 0}` });
      image.addEventListener("error", () => image.replaceWith(
        make("p", { className: "wrong", textContent: `${t("no_image")} ${this.line(n)?.error ?? ""}` })));
    }
    this.images.delete(n);
    this.images.set(n, image); // the newest last
    if (this.images.size > IMAGES) this.images.delete(this.images.keys().next().value);
    return image;
  }
  async prefetch(ns) { await this.need(ns); for (const n of ns) this.image(n).decode().catch(() => {}); }
  /** The reading of a line, letter by letter: [{c, conf, others}]; [] when it is not known. */
  letters(n) {
    if (!this.read.has(n)) {
      this.read.set(n, ask(`/api/line/${n}/letters`).then(({ letters }) => letters).catch(() => {
        this.read.delete(n);
        return [];
      }));
    }
    return this.read.get(n);
  }
  #typingKey(n) { return `${this.queue.prefix}typing:${n}`; }
  /** What is in a field outlives a crash of the browser. */
  typing(n, text) { keep(this.#typingKey(n), text); }
  /** What the field of a line holds at first. */
  startOf({ n, kind, typed, text, draft }) {
    return localStorage.getItem(this.#typingKey(n)) ?? typed ?? (WITH_TEXT.includes(kind) ? text : draft ?? "");
  }

  // ---- actions
  /** Queue an action and show its result at once: changes are [line, what becomes of it]. */
  #act(kind, fields, changes, isUndoable = true) {
    if (!this.mayWrite) return null;
    const base = this.line(fields.n)?.rev;
    const seq = this.queue.push(kind, { ...(base !== undefined && { base }), ...fields }, this.who);
    const before = changes.map(([n]) => this.line(n)).filter(Boolean);
    for (const [n, change] of changes) if (this.line(n)) this.#show({ ...this.line(n), ...change });
    if (isUndoable) { this.past.push({ before, after: before.map(({ n }) => this.line(n)) }); this.future = []; }
    return seq;
  }
  act(kind, fields, change = {}) { return this.#act(kind, fields, [[fields.n, change]], kind !== "keep"); }
  accept(n, text, order) { return this.act("accept", { n, text, order }, { kind: "ok", text, typed: null }); }
  confirm(lines) {
    this.#act("confirm", { lines: lines.map(({ n, text }) => [n, text, this.line(n).rev]) },
      lines.map(({ n, text }) => [n, { kind: "ok", text, typed: null }]));
  }
  /** The server takes the last action of this window back; what is known of it shows at once. */
  undo() { this.#return("undo", this.past, this.future, "before"); }
  redo() { this.#return("redo", this.future, this.past, "after"); }
  #return(kind, from, to, side) {
    const entry = from.pop();
    const seq = this.#act(kind, {}, [], false), { before = [] } = entry ?? {};
    if (entry) to.push(entry);
    for (const line of entry?.[side] ?? []) this.#show(line);
    if (before.length) this.tell("back", before[0]);
    else this.asked.add(seq); // a box that was drawn, or done before the page was loaded: the answer says where
  }
  #show(line) {
    localStorage.removeItem(this.#typingKey(line.n));
    const more = SETTLED.includes(line.kind) - SETTLED.includes(this.line(line.n)?.kind);
    this.state = { ...this.state, done: this.state.done + more, left: this.state.left - more };
    this.put(line);
    this.tell("state");
  }
  #onAck({ action, ack, client }) {
    this.take(ack.lines ?? []);
    this.tell("ack", { action, ack });
    this.#drop(ack.gone ?? []);
    if (ack.status === "conflict") this.tell("notice", { key: "conflict_kept" });
    if (ack.status === "refused") {
      this.tell("notice", { key: `refused_${ack.reason}`, more: action.text ?? "" });
      this.need(action.n === undefined ? [...this.lines.keys()] : [action.n], true);
    }
    if (this.asked.delete(action.seq) && client === this.queue.client && ack.n) this.tell("back", ack);
  }
  /** A box that the server has given its number. */
  rename(from, to) {
    this.lines.delete(from);
    for (const { before, after } of [...this.past, ...this.future]) {
      for (const line of [...before, ...after]) if (line.n === from) line.n = to;
    }
  }
  /** Borrow a line for a minute; the name of another person who has it, else null. */
  async lend(n) {
    const { lent, who } = await ask("/api/lease", { client: this.queue.client, who: this.who, n }).catch(() => ({ lent: true }));
    return lent ? null : who || "?";
  }

  // ---- news of others, of drafts read ahead, of files
  async #poll() {
    try {
      for (let more = !document.hidden; more;) {
        const news = await ask(`/api/changes?since=${this.state.version}&client=${this.queue.client}`);
        ({ more } = news);
        this.state = { ...this.state, ...news, pages: this.state.pages };
        this.take(news.lines.filter(({ n }) => this.line(n)));
        this.#drop(news.gone);
        this.leases = new Map(news.leases.filter(({ mine }) => !mine).map(({ n, who }) => [n, who]));
        if (news.pages.length) this.tell("pages", news.pages);
      }
      this.problem = null;
    } catch (error) {
      this.problem = error.code ?? "offline";
    }
    this.tell("state");
    setTimeout(() => this.#poll(), POLL);
  }
}
