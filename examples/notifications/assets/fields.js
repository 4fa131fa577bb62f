// Fields of a notification as elements. What somebody wrote is only ever text, never markup.

import { element } from "./element.js";

/// A link where the address is http(s) or a path of this host, else the address as text.
export function link(url) {
  const className = "url";
  return isSafe(url) ? element("a", { className, text: url, href: url, rel: "noopener noreferrer" }) : element("span", { className, text: url });
}

function isSafe(url) {
  if (!/^(https?:\/\/|\/(?![/\\]))/i.test(url)) return false;
  try {
    return ["http:", "https:"].includes(new URL(url, location.href).protocol);
  } catch {
    return false;
  }
}

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const absolute = new Intl.DateTimeFormat("en", { dateStyle: "full", timeStyle: "medium" });
const day = new Intl.DateTimeFormat("en", { dateStyle: "medium" });
const STEPS = [
  [60, "second"],
  [60, "minute"],
  [24, "hour"],
  [7, "day"],
];

/// A time as people say it; the exact one is its tooltip.
export function when(timestamp) {
  const made = element("time", { datetime: timestamp });
  const time = new Date(timestamp);
  if (Number.isNaN(time.getTime())) {
    made.textContent = timestamp;
    return made;
  }
  made.title = absolute.format(time);
  sayWhen(made);
  return made;
}

/// Says again how long ago it was.
export function sayWhen(made) {
  let ago = (Date.now() - Date.parse(made.dateTime)) / 1000;
  if (Number.isNaN(ago)) return;
  if (ago < 45) {
    made.textContent = "just now";
    return;
  }
  for (const [size, unit] of STEPS) {
    if (ago < size) {
      made.textContent = relative.format(-Math.round(ago), unit);
      return;
    }
    ago /= size;
  }
  made.textContent = day.format(new Date(made.dateTime));
}
