// A WebSocket that comes back.
//
//   const client = connect("/ws/notifications/");
//   client.on("notification", ({ notification }) => …);
//   client.send({ type: "mark_read", id: 7 });
//   client.close();
//
// Where messages are told apart by `action`: connect("/ws/…", { tag: "action", probe: { action: "who" } }).
// Handlers belong to the client, not to a socket: they outlive every reconnection.

const DEFAULTS = {
  tag: "type", // the key by whose value messages go to their handlers
  probe: { type: "ping" }, // what asks whether the server is still there: any message that is answered
  firstDelay: 500, // ms, the longest wait before the first new attempt; doubles with every failure
  longestDelay: 30_000, // ms
  stableAfter: 10_000, // ms: a connection that held so long ends the doubling
  // The close codes after which another attempt would end the same way, as the document's table has them.
  stopAt: [1000, 1002, 1007, 1009, 4400, 4401, 4403, 4404],
  quiet: 30_000, // ms without a frame until the client asks whether the server is still there
  patience: 10_000, // ms to wait for any frame after asking
  // What the client stands on; a test puts its own here.
  WebSocket: globalThis.WebSocket,
  setTimeout: (...args) => globalThis.setTimeout(...args),
  clearTimeout: (timer) => globalThis.clearTimeout(timer),
  random: Math.random,
};

/// Connects to a path of this host (or a whole ws: address) and stays connected until `close()` or a close code in
/// `stopAt`. States: connecting, open, waiting (`detail.delay`), stopped (`detail.code`, `detail.reason`), closed.
export function connect(address, options = {}) {
  return new Client(new URL(address, globalThis.location?.href), { ...DEFAULTS, ...options });
}

class Client {
  #url;
  #options;
  #handlers = new Map();
  #stateHandlers = new Set();
  #socket = null;
  #failures = 0;
  #retry = null;
  #stable = null;
  #watch = null;

  state = "connecting";

  constructor(url, options) {
    url.protocol = url.protocol.replace("http", "ws");
    this.#url = url;
    this.#options = options;
    this.#open();
  }

  /// Calls `handler` with every message of that tag, the whole of it. Returns a function that ends it.
  on(tag, handler) {
    if (!this.#handlers.has(tag)) this.#handlers.set(tag, new Set());
    this.#handlers.get(tag).add(handler);
    return () => this.#handlers.get(tag).delete(handler);
  }

  /// Calls `handler` now and with every change of state.
  onState(handler) {
    this.#stateHandlers.add(handler);
    handler(this.state, {});
    return () => this.#stateHandlers.delete(handler);
  }

  /// Sends a message. False, and nothing is sent, where there is no open connection.
  send(message) {
    if (this.state !== "open") return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /// Ends a wait for the next attempt, as when the network has come back.
  retryNow() {
    if (this.state === "waiting") this.#open();
  }

  /// Ends everything, for good.
  close() {
    this.#leave(1000);
    if (this.state !== "stopped") this.#enter("closed");
  }

  #open() {
    const { WebSocket } = this.#options;
    this.#leave();
    this.#enter("connecting");
    if (this.state !== "connecting") return; // whoever was told has closed it
    const socket = new WebSocket(this.#url.href);
    this.#socket = socket;
    socket.onopen = () => {
      this.#stable = this.#options.setTimeout(() => (this.#failures = 0), this.#options.stableAfter);
      this.#listen();
      this.#enter("open");
    };
    socket.onmessage = (event) => {
      this.#listen();
      this.#receive(event.data);
    };
    // An error is always followed by a close.
    socket.onclose = ({ code, reason }) => this.#lost(code, reason);
  }

  #receive(data) {
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      console.warn("a frame that is no JSON");
      return;
    }
    for (const handler of this.#handlers.get(message?.[this.#options.tag]) ?? []) {
      try {
        handler(message);
      } catch (error) {
        console.error(error); // one bad handler does not silence the others
      }
    }
  }

  /// A dead network does not close a socket: after a long silence, ask, and give up if nothing comes.
  #listen() {
    const { setTimeout, clearTimeout, quiet, patience, probe } = this.#options;
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => {
      this.send(probe);
      this.#watch = setTimeout(() => this.#lost(1006, "no answer"), patience);
    }, quiet);
  }

  #lost(code, reason) {
    this.#leave();
    if (this.#options.stopAt.includes(code)) {
      this.#enter("stopped", { code, reason });
      return;
    }
    // The whole range is drawn from, so that clients that were lost together do not come back together.
    const { firstDelay, longestDelay, random } = this.#options;
    const delay = random() * Math.min(longestDelay, firstDelay * 2 ** this.#failures);
    this.#failures += 1;
    this.#retry = this.#options.setTimeout(() => this.#open(), delay);
    this.#enter("waiting", { delay, code, reason });
  }

  /// Drops the socket and every timer.
  #leave(code) {
    const { clearTimeout } = this.#options;
    for (const timer of [this.#retry, this.#stable, this.#watch]) clearTimeout(timer);
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(code);
  }

  #enter(state, detail = {}) {
    this.state = state;
    for (const handler of this.#stateHandlers) handler(state, detail);
  }
}
