// Notifications that slide in and go by themselves.

import { element } from "./element.js";
import { link, when } from "./fields.js";

const STAYS = 8_000; // ms, counted anew after the pointer or the focus has left
const MOST = 4;

export class Toasts {
  #stack;

  constructor(stack) {
    this.#stack = stack;
    stack.addEventListener("keydown", (event) => {
      if (event.key === "Escape") event.target.closest(".toast")?.remove();
    });
  }

  show({ id, title, body, url, category, created_at }) {
    const dismiss = element("button", { className: "dismiss", type: "button", "aria-label": "Dismiss", text: "×" });
    const toast = element(
      "article",
      { className: "toast", "data-id": id },
      element("div", { className: "line" }, element("strong", { className: "title", text: title }), dismiss),
    );
    if (body) toast.append(element("p", { className: "body", text: body }));
    if (url) toast.append(link(url));
    toast.append(element("div", { className: "meta" }, element("span", { className: "chip", text: category }), when(created_at)));
    dismiss.addEventListener("click", () => toast.remove());
    this.#goesByItself(toast);
    this.#stack.append(toast);
    while (this.#stack.children.length > MOST) this.#stack.firstElementChild.remove();
  }

  #goesByItself(toast) {
    let timer;
    const stay = () => clearTimeout(timer);
    const go = () => {
      clearTimeout(timer);
      timer = setTimeout(() => toast.remove(), STAYS);
    };
    for (const held of ["pointerenter", "focusin"]) toast.addEventListener(held, stay);
    for (const left of ["pointerleave", "focusout"]) toast.addEventListener(left, go);
    go();
  }
}
