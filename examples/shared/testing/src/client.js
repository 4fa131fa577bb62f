// Runs in a page of any example: the client on a network and a clock of the test's own.

const { connect } = await import("/assets/client.js");

let now = 0;
let timers = [];
const advance = (milliseconds) => {
  const until = now + milliseconds;
  for (;;) {
    const next = timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
    if (next === undefined) break;
    timers = timers.filter((timer) => timer !== next);
    now = next.at;
    next.call();
  }
  now = until;
};

let sockets = [];
let random = 1;
class Network {
  constructor(url) {
    Object.assign(this, { url, sent: [], closed: false });
    sockets.push(this);
  }
  send(text) {
    if (this.closed) throw new Error("sent on a closed socket");
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.closed = true;
  }
  accept() {
    this.onopen?.({});
  }
  say(message) {
    this.onmessage?.({ data: typeof message === "string" ? message : JSON.stringify(message) });
  }
  end(code, reason = "") {
    this.onclose?.({ code, reason });
  }
}
const start = (options = {}) => {
  now = 0;
  timers = [];
  sockets = [];
  random = 1;
  const states = [];
  const client = connect("/ws/somewhere/", {
    ...options,
    WebSocket: Network,
    setTimeout: (call, delay) => {
      const timer = { call, at: now + delay };
      timers.push(timer);
      return timer;
    },
    clearTimeout: (timer) => (timers = timers.filter((other) => other !== timer)),
    random: () => random,
  });
  client.onState((state, detail) => states.push({ state, ...detail }));
  return { client, states, socket: () => sockets.at(-1) };
};

const failures = [];
const same = (what, found, expected) => {
  if (JSON.stringify(found) !== JSON.stringify(expected)) failures.push(`${what}: ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`);
};
const delays = (states) => states.filter(({ state }) => state === "waiting").map(({ delay }) => delay);

{
  const { client, states, socket } = start();
  same("the address", socket().url, `ws://${location.host}/ws/somewhere/`);
  for (let n = 0; n < 9; n += 1) {
    socket().end(1006);
    same("still one attempt", sockets.length, n + 1);
    advance(delays(states).at(-1) - 1);
    same("not before its time", sockets.length, n + 1);
    advance(1);
    same("then another", sockets.length, n + 2);
  }
  same("the wait doubles up to its bound", delays(states), [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
  random = 0.25;
  socket().end(1012);
  same("any part of it", delays(states).at(-1), 7500);
  client.close();
}

{
  const { client, states, socket } = start();
  const ended = () => {
    socket().end(1006);
    advance(30_000);
    return delays(states).at(-1);
  };
  ended();
  ended();
  socket().accept();
  advance(9_999);
  same("a short connection changes nothing", ended(), 2000);
  socket().accept();
  advance(10_000);
  same("a stable one begins anew", ended(), 500);
  client.close();
}

{
  const { client, states, socket } = start();
  client.onState((state) => state === "connecting" && sockets.length > 1 && client.close());
  socket().end(1006);
  advance(30_000);
  socket().end(1006);
  advance(30_000);
  same("closed where it says that it connects", [client.state, sockets.length, socket().closed], ["closed", 2, true]);
  same("the last state", states.at(-1), { state: "closed" });
}

for (const code of [1000, 1002, 1007, 1009, 4400, 4401, 4403, 4404]) {
  const { client, states, socket } = start();
  socket().accept();
  socket().end(code, "why");
  same(`${code} stops`, states.at(-1), { state: "stopped", code, reason: "why" });
  client.retryNow();
  advance(1_000_000);
  same(`${code} stops for good`, [sockets.length, timers.length, client.send({ type: "ping" })], [1, 0, false]);
  client.close();
  same("and is no less stopped after close()", client.state, "stopped");
}

{
  const { client, socket } = start();
  const heard = [];
  client.on("bad", () => {
    throw new Error("on purpose");
  });
  client.on("bad", () => heard.push("bad"));
  const forget = client.on("news", ({ n }) => heard.push(n));
  same("nothing is sent before it is open", client.send({ type: "x" }), false);
  socket().accept();
  socket().say({ type: "news", n: 1 });
  socket().say("no JSON");
  socket().say("null");
  socket().say({ type: "unknown" });
  socket().say({ type: "bad" });
  const first = socket();
  first.end(1012);
  client.retryNow();
  socket().accept();
  socket().say({ type: "news", n: 2 });
  same("sent", [client.send({ type: "x" }), socket().sent], [true, [{ type: "x" }]]);
  forget();
  socket().say({ type: "news", n: 3 });
  same("handlers outlive a reconnection and each other", heard, [1, "bad", 2]);
  client.close();
  same("closed", [socket().closed, client.state], [true, "closed"]);
  socket().end(1000);
  advance(1_000_000);
  same("close() ends everything, after a reconnection too", [sockets.length, timers.length, client.state], [2, 0, "closed"]);
}

{
  const { client, socket } = start();
  socket().end(1006);
  client.close();
  advance(1_000_000);
  same("close() ends a wait", [sockets.length, timers.length], [1, 0]);
}

{
  const { client, states, socket } = start();
  socket().accept();
  advance(29_999);
  socket().say({ type: "pong" });
  advance(29_999);
  same("no question while there is traffic", socket().sent, []);
  advance(1);
  same("a question after a silence", socket().sent, [{ type: "ping" }]);
  socket().say({ type: "pong" });
  advance(30_000);
  advance(10_000);
  same("no answer is a lost connection", [sockets[0].closed, states.at(-1).state, states.at(-1).code], [true, "waiting", 1006]);
  client.close();
}

for (const code of [1001, 1006, 1011, 1012, 1013, 4408, 4429]) {
  const { client, states, socket } = start();
  socket().accept();
  socket().end(code);
  advance(500);
  same(`${code} does not stop`, [sockets.length, states.at(-1).state], [2, "connecting"]);
  client.close();
}

{
  const { client, socket } = start({ tag: "action", probe: { action: "who" } });
  const heard = [];
  client.on("said", (message) => heard.push(message));
  socket().accept();
  socket().say({ action: "said", payload: { text: "hi" }, ref: 7 });
  socket().say({ type: "said" });
  socket().say({ action: "other" });
  same("by its action, a handler gets the whole message", heard, [{ action: "said", payload: { text: "hi" }, ref: 7 }]);
  advance(30_000);
  same("the question is the program's own", socket().sent, [{ action: "who" }]);
  socket().end(1012);
  advance(500);
  socket().accept();
  socket().say({ action: "said" });
  same("handlers outlive a reconnection here too", heard.length, 2);
  advance(30_000);
  same("and so does the question", socket().sent, [{ action: "who" }]);
  client.close();
}

return failures;
