// Who is here, as a list. Rows stay the same elements, so that nothing flickers when one of them changes.

import { element } from "./element.js";

const TONES = 8;

export class Roster {
  #list;
  #me;
  #rows = new Map();

  constructor(list, me) {
    this.#list = list;
    this.#me = me;
  }

  /// Shows these, and nobody else.
  show(users) {
    const names = new Set(users.map(({ name }) => name));
    for (const [name, row] of this.#rows) {
      if (names.has(name)) continue;
      row.remove();
      this.#rows.delete(name);
    }
    users.forEach((user, place) => {
      const row = this.#row(user.name);
      row.dataset.status = user.status;
      row.dataset.here = user.connections > 0;
      row.querySelector(".status").textContent = user.connections > 0 ? user.status : "gone for a moment";
      const tabs = row.querySelector(".tabs");
      tabs.textContent = user.connections > 1 ? `${user.connections} tabs` : "";
      if (this.#list.children[place] !== row) this.#list.insertBefore(row, this.#list.children[place] ?? null);
    });
  }

  #row(name) {
    const known = this.#rows.get(name);
    if (known) return known;
    const row = element(
      "li",
      { className: "person", "data-name": name },
      element("span", { className: `avatar tone-${tone(name)}`, text: initials(name), "aria-hidden": "true" }),
      element(
        "span",
        { className: "about" },
        element("span", { className: "name", text: name }),
        element("span", { className: "status" }),
      ),
      element("span", { className: "tabs" }),
    );
    if (name === this.#me) row.querySelector(".name").append(element("span", { className: "you", text: "you" }));
    this.#rows.set(name, row);
    return row;
  }
}

function initials(name) {
  const words = name.split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return letters.map((word) => [...word][0].toUpperCase()).join("");
}

/// The same for everybody who looks at that name.
function tone(name) {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + character.codePointAt(0)) % 65_521;
  return sum % TONES;
}
