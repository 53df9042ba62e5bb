// Actions on their way to the server. Each is kept in the browser's storage until the server says
// that it is on its disk, and sent again after any failure; the server knows those it has by client
// and number, so that none counts twice.
const BATCH = 100, FIRST_WAIT = 500, LONGEST_WAIT = 10_000; // ms
const ALWAYS = [400, 413, 422]; // answers that the same request will get again

export class Queue extends EventTarget {
  #isBusy = false;
  #wait = FIRST_WAIT;
  /** send(client, actions, who) → {acks: [{seq, status, …}]}; it throws when nothing is saved. */
  constructor(folder, send) {
    super();
    Object.assign(this, { send, problem: null, unkept: new Set(), last: 0, prefix: `ppocr-label:${folder}:` });
    this.client = clientOfWindow(this.prefix);
    this.items = Object.keys(localStorage).filter((key) => key.startsWith(`${this.prefix}action:`)).sort()
      .map((key) => ({ key, ...JSON.parse(localStorage[key]) }));
    addEventListener("online", () => this.now());
    addEventListener("beforeunload", (event) => { if (this.unkept.size) event.preventDefault(); });
  }
  /** The action's number. */
  push(kind, fields, who) {
    const seq = this.last = Math.max(Date.now(), this.last + 1);
    const item = { client: this.client, who, action: { seq, kind, time: Date.now(), ...fields } };
    const key = `${this.prefix}action:${seq}:${this.client}`;
    if (!keep(key, JSON.stringify(item))) this.unkept.add(key); // no room: it lives as long as this window
    this.items.push({ key, ...item });
    this.now();
    return seq;
  }
  /** Whether an action on line n, or one that may concern it, has not been saved. */
  touches(n) {
    return this.items.some(({ action: { kind, lines, ...action } }) => action.n === n || action.m === n ||
      kind === "undo" || kind === "redo" || lines?.some(([each]) => each === n));
  }
  /** Another one after each action that was done here or saved. */
  get mark() { return `${this.last} ${this.items.length}`; }
  now() { clearTimeout(this.timer); this.#wait = FIRST_WAIT; return this.#pump(); } // until all is saved or cannot be
  async #pump() {
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.dispatchEvent(new Event("change"));
    for (let size = BATCH; this.items.length;) {
      const { client, who } = this.items[0];
      const batch = this.items.slice(0, size).filter((item) => item.client === client && item.who === who);
      try {
        const { acks } = await this.send(client, batch.map((item) => item.action), who);
        const answers = new Map(acks.map((ack) => [ack.seq, ack]));
        if (!answers.has(batch[0].action.seq)) throw Object.assign(new Error(), { code: "unanswered" });
        this.problem = null;
        for (const item of batch) if (answers.has(item.action.seq)) this.#finish(item, answers.get(item.action.seq));
        size = BATCH;
      } catch (error) {
        if (!ALWAYS.includes(error.status)) {
          this.problem = error.code ?? "offline";
          this.timer = setTimeout(() => this.#pump(), this.#wait);
          this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
          break;
        }
        if (batch.length === 1) this.#setAside(batch[0], error);
        size = 1; // one by one, so that a bad one holds no other up
      }
    }
    this.#isBusy = false;
    this.dispatchEvent(new Event("change"));
  }
  #finish(item, ack) {
    this.items = this.items.filter((each) => each !== item);
    localStorage.removeItem(item.key);
    this.unkept.delete(item.key);
    this.dispatchEvent(new CustomEvent("ack", { detail: { ...item, ack } }));
  }
  /** An action that the server cannot take: kept under another name, so that no text is lost. */
  #setAside(item, { code = "bad_request" }) {
    keep(item.key.replace(":action:", ":aside:"), JSON.stringify(item));
    this.#finish(item, { status: "refused", reason: code, lines: [], gone: [] });
  }
}

/** Whether the browser's storage had room. */
export function keep(key, text) {
  try {
    localStorage.setItem(key, text);
    return true;
  } catch {
    return false;
  }
}

/** One name a window, which outlives a reload. A window that is copied gets a name of its own. */
function clientOfWindow(prefix) {
  const key = `${prefix}client`;
  const client = sessionStorage.getItem(key) ?? `c-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
  sessionStorage.removeItem(key);
  addEventListener("pagehide", () => sessionStorage.setItem(key, client));
  addEventListener("pageshow", () => sessionStorage.removeItem(key));
  return client;
}
