// The page: the socket on one side, what is seen on the other.

import { connect } from "./client.js";
import { List } from "./list.js";
import { showCount as showUsers } from "./pill.js";
import { Toasts } from "./toasts.js";

const PAGE = 20;
const MOST = 100;
const byId = (id) => document.getElementById(id);

const client = connect("/ws/notifications/");
const presence = connect("/ws/presence/", { tag: "action", probe: { action: "who" } });
const toasts = new Toasts(byId("toasts"));
const list = new List(byId("list"), byId("empty"), markRead);
let count = 0;
// Ids that are shown as read while the server has not confirmed it.
const marking = new Set();
// Whether a count may have been missed since the last that came.
let missed = false;

// ---- from the socket

client.on("initial", ({ unread_count, recent }) => {
  missed = false;
  showCount(unread_count);
  list.merge(recent);
  // What was under way when the last connection broke; to mark twice is to mark once.
  for (const id of marking) sendMark(id);
  refresh();
});

client.on("notification", ({ notification }) => {
  list.merge([notification]);
  toasts.show(notification);
});

client.on("count_update", ({ unread_count, ref }) => {
  marking.delete(ref);
  missed = false;
  const fewer = unread_count < count;
  showCount(unread_count);
  if (unread_count === 0) list.markAllRead();
  // Something was marked as read, perhaps in another tab: the count does not say what.
  else if (fewer) refresh();
});

client.on("gap", () => {
  missed = true;
  refresh();
});

client.on("error", ({ ref }) => {
  marking.delete(ref);
  refresh();
});

// ---- presence

presence.on("presence", ({ payload }) => showUsers(byId("pill"), payload.users));
presence.on("gap", () => presence.send({ action: "who" }));
presence.on("roster", ({ payload }) => showUsers(byId("pill"), payload.users.length));
presence.onState((state) => {
  byId("pill").dataset.stale = state !== "open";
  if (state === "stopped" || state === "closed") showUsers(byId("pill"), 0);
});

// ---- connection

const STATES = { connecting: "Connecting…", open: "Live", waiting: "Reconnecting…", stopped: "Disconnected", closed: "Disconnected" };

client.onState((state, { code }) => {
  const connection = byId("connection");
  connection.dataset.state = state;
  connection.textContent = STATES[state];
  if (state === "stopped") stopped(code === 4401 ? "You are signed out." : "The server has closed the connection.");
  offerMarkAll();
});

const clients = [client, presence];
const retryNow = () => clients.forEach((each) => each.retryNow());
addEventListener("online", retryNow);
document.addEventListener("visibilitychange", () => document.hidden || retryNow());
// A page that goes into the browser's cache of pages may not hold a socket; one that comes back starts afresh.
addEventListener("pagehide", () => clients.forEach((each) => each.close()));
addEventListener("pageshow", ({ persisted }) => persisted && location.reload());

function stopped(why) {
  const banner = byId("signed-out");
  const again = document.createElement("a");
  again.href = "/login";
  again.textContent = "Sign in again";
  banner.replaceChildren(`${why} `, again);
  banner.hidden = false;
  byId("fire-button").disabled = true;
}

// ---- count

function showCount(unread) {
  count = unread;
  const badge = byId("bell-badge");
  badge.hidden = unread <= 0;
  badge.textContent = unread > 99 ? "99+" : String(unread);
  byId("bell").setAttribute("aria-label", unread > 0 ? `${unread} unread notifications` : "No unread notifications");
  document.title = unread > 0 ? `(${badge.textContent}) Notifications` : "Notifications";
  offerMarkAll();
}

function offerMarkAll() {
  byId("mark-all-read").disabled = count === 0 || client.state !== "open";
}

// ---- list

let refreshing = null;

/// Reads again what the list shows. Calls while one is under way are answered by one more after it.
function refresh() {
  if (refreshing !== null) {
    refreshing = "again";
    return;
  }
  refreshing = "once";
  load(Math.min(MOST, Math.max(PAGE, list.size))).finally(() => {
    const again = refreshing === "again";
    refreshing = null;
    if (again) refresh();
  });
}

async function load(limit, before = null) {
  const query = new URLSearchParams({ limit, ...(before !== null && { before }) });
  const answer = await ask(`/notifications?${query}`);
  if (!answer?.ok) return;
  const { unread_count, notifications } = await answer.json();
  list.merge(notifications);
  // While the socket is open it knows better, unless it has missed something: this answer may be older than the last push.
  if (client.state !== "open" || missed) showCount(unread_count);
  if (notifications.length < limit) byId("older").hidden = true;
  else if (before !== null || list.size <= limit) byId("older").hidden = false;
}

byId("older").addEventListener("click", () => load(PAGE, list.oldest));

/// The answer carries the id as its `ref`.
function sendMark(id) {
  return client.send({ type: "mark_read", id, ref: id });
}

async function markRead(id) {
  list.markRead(id);
  marking.add(id);
  if (sendMark(id)) return;
  const answer = await ask(`/notifications/${id}/read`, { method: "POST" });
  if (!answer?.ok) return;
  marking.delete(id);
  showCount((await answer.json()).unread_count);
}

byId("mark-all-read").addEventListener("click", () => client.send({ type: "mark_all_read" }));

// ---- firing

// Folded away only where it would push the list off the screen.
const wide = matchMedia("(min-width: 861px)");
byId("more").open = wide.matches;
wide.addEventListener("change", () => wide.matches && (byId("more").open = true));

byId("fire").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const status = byId("fire-status");
  const fields = Object.fromEntries(new FormData(form));
  for (const input of form.elements) input.removeAttribute("aria-invalid");
  const answer = await ask(form.action, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(fields),
  });
  status.dataset.ok = answer?.status === 201;
  if (answer === null) {
    status.textContent = "The server does not answer. Try again.";
  } else if (answer.status === 201) {
    status.textContent = fields.to.trim() ? `Sent to ${fields.to.trim()}.` : "Sent.";
  } else {
    const { detail, fields: wrong } = await answer.json().catch(() => ({ detail: "The server refused it." }));
    status.textContent = detail;
    const input = form.elements.namedItem(wrong?.[0]?.path ?? (answer.status === 404 ? "to" : ""));
    if (input !== null && input !== form.elements.title) byId("more").open = true;
    input?.setAttribute("aria-invalid", "true");
    input?.focus();
  }
});

/// An answer, or null where there was none. A session that has ended ends the page's work.
async function ask(address, options) {
  try {
    const answer = await fetch(address, options);
    if (answer.status === 401) {
      for (const each of clients) each.close();
      stopped("You are signed out.");
    }
    return answer;
  } catch {
    return null;
  }
}
