// From a key to what it does. A table of keys holds rows [keys, where, string, action]; where is
// "field" (a text field has the focus), "free" (none has) or "" (both). Buttons name a row by its
// keys, and the help shows the rows. Letters without Ctrl never act in a field, and Backspace never
// acts at all: input methods send both.

/** "Ctrl+z", "Shift+F8", "Space", "?": how the tables name the key of an event. */
export function nameOf({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  const isLetter = key.length === 1 && key !== " ", isHeld = ctrlKey || metaKey || altKey;
  const held = [(ctrlKey || metaKey) && "Ctrl", altKey && "Alt", shiftKey && (!isLetter || isHeld) && "Shift"];
  return [...held, key === " " ? "Space" : isLetter ? key.toLowerCase() : key].filter(Boolean).join("+");
}

/** The direction of a key: -1 up, back or to the left, 1 otherwise. */
export const way = ({ key, shiftKey }) =>
  (/Up|Left|\[|-/.test(key) || (shiftKey && /Tab|F8/.test(key)) ? -1 : 1);

/** Whether a row's action was done. One that returns false leaves the key to the next row. */
export const run = (tables, name, where, event) => tables.flat().some(([keys, place, , action]) =>
  action && (!place || !where || place === where) && keys.split(" ").includes(name) && action(event) !== false);
