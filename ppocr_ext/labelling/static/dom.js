// Elements and words. Text only ever enters the page as text, never as HTML.
const wanted = new URLSearchParams(location.search).get("lang") ?? navigator.language;
export const LANGUAGE = wanted.toLowerCase().startsWith("vi") ? "vi" : "en";
const STRINGS = await (await fetch(new URL("strings.json", import.meta.url))).json();
const SVG = "http://www.w3.org/2000/svg";

/** A string of the table in the reader's language, {name} replaced by values.name. */
export const t = (key, values = {}) =>
  STRINGS[key][LANGUAGE].replace(/\{(\w+)\}/g, (_, name) => values[name]);
export const knows = (key) => key in STRINGS;
export const byId = (id) => document.getElementById(id);
export const count = (number) => number.toLocaleString(LANGUAGE);

export function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.filter((child) => child !== null));
  return node;
}

export function draw(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}
