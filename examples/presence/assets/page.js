// The page: the socket on one side, what is seen on the other.

import { connect } from "./client.js";
import { element } from "./element.js";
import { showCount } from "./pill.js";
import { Roster } from "./roster.js";

const TYPES_FOR = 3_000; // ms that somebody counts as typing after the last word of it
const SAY_AGAIN = 1_500; // ms between two words of one's own
const ASK_AGAIN = 500; // ms between two questions for the roster
const ASK_ANYWAY = 10_000; // ms: a tab more or less of somebody else is told to nobody
const LINES = 30;
const byId = (id) => document.getElementById(id);

const me = byId("username").textContent;
const client = connect("/ws/presence/", { tag: "action", probe: { action: "who" } });
const roster = new Roster(byId("roster"), me);

// ---- from the socket

client.on("presence", ({ payload: { users, joined, left } }) => {
  showCount(byId("pill"), users);
  for (const name of joined) log(name, "came");
  for (const name of left) {
    log(name, "left");
    stopsTyping(name);
  }
  ask();
});

client.on("gap", ask);

client.on("roster", ({ payload }) => {
  showCount(byId("pill"), payload.users.length);
  roster.show(payload.users);
  const connections = payload.users.reduce((sum, user) => sum + user.connections, 0);
  byId("connections").textContent = connections === 1 ? "1 connection" : `${connections} connections`;
  const mine = payload.users.find(({ name }) => name === me)?.status;
  for (const choice of document.querySelectorAll(".choice")) {
    choice.setAttribute("aria-pressed", String(choice.dataset.status === mine));
  }
});

client.on("typing", ({ payload: { name } }) => types(name));

client.on("error", ({ payload, ref }) => {
  if (ref === "status") byId("status-error").textContent = payload.fields?.[0]?.message ?? payload.detail;
});

// ---- connection

const STATES = { connecting: "Connecting…", open: "Live", waiting: "Reconnecting…", stopped: "Disconnected", closed: "Disconnected" };

client.onState((state, { code }) => {
  const connection = byId("connection");
  connection.dataset.state = state;
  connection.textContent = STATES[state];
  byId("pill").dataset.stale = state !== "open";
  if (state === "stopped") stopped(code === 4401 ? "You are signed out." : "The server has closed the connection.");
  for (const control of document.querySelectorAll("#status-form button")) control.disabled = state !== "open";
});

addEventListener("online", () => client.retryNow());
document.addEventListener("visibilitychange", () => document.hidden || client.retryNow());
// A page that goes into the browser's cache of pages may not hold a socket; one that comes back starts afresh.
addEventListener("pagehide", () => client.close());
addEventListener("pageshow", ({ persisted }) => persisted && location.reload());

function stopped(why) {
  const banner = byId("signed-out");
  const again = element("a", { href: "/login", text: "Sign in again" });
  banner.replaceChildren(`${why} `, again);
  banner.hidden = false;
  showCount(byId("pill"), 0);
}

// ---- roster

let asked = null;

/// Asks who is here: at once, then at most every half second, however much happens.
function ask() {
  if (asked !== null) {
    asked.again = true;
    return;
  }
  client.send({ action: "who" });
  const mine = { again: false };
  asked = mine;
  setTimeout(() => {
    asked = null;
    if (mine.again && client.state === "open") ask();
  }, ASK_AGAIN);
}

setInterval(() => document.hidden || ask(), ASK_ANYWAY);

// ---- status

byId("status-form").addEventListener("submit", (event) => {
  event.preventDefault();
  setStatus(byId("status").value.trim());
});
for (const choice of document.querySelectorAll(".choice")) {
  choice.addEventListener("click", () => setStatus(choice.dataset.status));
}

function setStatus(status) {
  byId("status-error").textContent = "";
  if (client.send({ action: "set_status", payload: { status }, ref: "status" })) byId("status").value = "";
}

// ---- typing

const typists = new Map();

function types(name) {
  clearTimeout(typists.get(name));
  typists.set(name, setTimeout(() => stopsTyping(name), TYPES_FOR));
  showTyping();
}

function stopsTyping(name) {
  clearTimeout(typists.get(name));
  typists.delete(name);
  showTyping();
}

function showTyping() {
  const names = [...typists.keys()];
  const line = byId("typing");
  line.dataset.on = names.length > 0;
  line.textContent =
    names.length === 0 ? "" :
    names.length === 1 ? `${names[0]} is typing…` :
    names.length <= 3 ? `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]} are typing…` :
    `${names.length} people are typing…`;
}

let saidAt = -Infinity;

byId("scratch").addEventListener("input", () => {
  if (performance.now() - saidAt < SAY_AGAIN) return;
  if (client.send({ action: "typing" })) saidAt = performance.now();
});

// ---- log

const clock = new Intl.DateTimeFormat("en", { timeStyle: "medium" });

function log(name, what) {
  byId("log-empty").hidden = true;
  const now = new Date();
  const line = element(
    "li",
    { className: what },
    element("time", { datetime: now.toISOString(), text: clock.format(now) }),
    element("span", { text: `${name} ${what}` }),
  );
  byId("log").prepend(line);
  while (byId("log").children.length > LINES) byId("log").lastElementChild.remove();
}
