// The list of notifications, newest first.

import { element } from "./element.js";
import { link, sayWhen, when } from "./fields.js";

export class List {
  #list;
  #empty;
  #onRead;
  #known = new Map();

  /// `onRead` is called with the id of a notification that somebody marks as read here.
  constructor(list, empty, onRead) {
    this.#list = list;
    this.#empty = empty;
    this.#onRead = onRead;
    setInterval(() => list.querySelectorAll("time").forEach(sayWhen), 30_000);
  }

  get size() {
    return this.#known.size;
  }

  get oldest() {
    return Math.min(...this.#known.keys());
  }

  /// Adds what is not there yet, and takes over what has been read. Read is never taken back: an answer that was
  /// under way while something was marked as read is older than the mark.
  merge(notifications) {
    for (const notification of notifications) {
      const item = this.#known.get(notification.id);
      if (item === undefined) this.#insert(notification);
      else if (notification.read) this.#showRead(item);
    }
    this.#empty.hidden = this.size > 0;
  }

  markRead(id) {
    const item = this.#known.get(id);
    if (item !== undefined) this.#showRead(item);
  }

  markAllRead() {
    for (const item of this.#known.values()) this.#showRead(item);
  }

  #insert(notification) {
    const item = this.#build(notification);
    this.#known.set(notification.id, item);
    const after = [...this.#list.children].find((other) => Number(other.dataset.id) < notification.id);
    this.#list.insertBefore(item, after ?? null);
  }

  #build({ id, title, body, url, category, created_at, read }) {
    const item = element(
      "li",
      { className: "item", "data-id": id, "data-read": read },
      element("h3", { className: "title", text: title }),
    );
    if (body) item.append(element("p", { className: "body", text: body }));
    if (url) item.append(link(url));
    item.append(element("div", { className: "meta" }, element("span", { className: "chip", text: category }), when(created_at)));
    if (!read) {
      const button = element("button", { className: "quiet mark-read", type: "button", text: "Mark read", "aria-label": `Mark “${title}” as read` });
      button.addEventListener("click", () => this.#onRead(id));
      item.append(button);
    }
    return item;
  }

  #showRead(item) {
    if (item.dataset.read === "true") return;
    item.dataset.read = "true";
    const button = item.querySelector(".mark-read");
    // The focus must not fall off the page with the button that had it.
    if (button === document.activeElement) {
      const next = [...this.#list.querySelectorAll(".mark-read")].find((other) => other.compareDocumentPosition(button) & Node.DOCUMENT_POSITION_PRECEDING);
      (next ?? this.#list.closest("[tabindex]"))?.focus({ preventScroll: true });
    }
    button?.remove();
  }
}
