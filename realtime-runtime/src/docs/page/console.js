// Talks to the server: a connection, a form for what is sent, and the log.

import { fill, find, h, tabs, to } from './dom.js';
import { form } from './form.js';
import { Log } from './log.js';
import { inline } from './markdown.js';
import { securityWays } from './model.js';
import { problems, sample } from './sample.js';

const field = (label, control) => h('label.field', h('span', label), control);
const parse = (text) => { try { return JSON.parse(text); } catch { return undefined; } };
const plain = (value) => (typeof value === 'string' ? value : JSON.stringify(value));

export class Console {
	log = new Log();
	ref = 1;
	token = '';

	/** `prefix` stands before every path of this server. */
	constructor({ root, servers, channels }, prefix) {
		this.root = root;
		const here = `${location.protocol.replace('http', 'ws')}//${location.host}${prefix}`;
		const select = (onchange, options) => h('select', { onchange }, options.map((text) => h('option', text)));
		this.servers = [{ key: 'this host', url: here }, ...servers];
		this.all = channels;
		this.channels = select(() => this.choose(channels[this.channels.selectedIndex]), channels.map(({ title, address }) => `${title} · ${address}`));
		this.server = select(() => this.showUrl(), this.servers.map(({ key, url }) => `${key} · ${url.split('//')[1]}`));
		this.operations = h('select', { 'aria-label': 'Message to send', onchange: () => this.compose(...this.choices[this.operations.selectedIndex]) });
		this.parameters = h('div.rows');
		this.url = h('code.url');
		this.state = h('span.doc', { role: 'status' });
		this.button = h('button.primary', { onclick: () => (this.socket ? this.socket.close(1000) : this.connect()) });
		this.setup = h('details', { open: true }, h('summary', 'Connection'), h('div.rows', field('Channel', this.channels), field('Server', this.server)), this.parameters, this.url);
		this.form = h('div.form');
		this.raw = h('textarea.raw', { 'aria-label': 'Frame as JSON', rows: 8, oninput: () => this.check() });
		this.issues = h('ul.issues', { 'aria-live': 'polite' });
		this.send = h('button.primary', { onclick: () => this.transmit() }, 'Send ', h('kbd', 'Ctrl ⏎'));
		this.tabs = tabs('Frame as', [['Form', this.form], ['JSON', this.raw]], () => this.draw());
		this.composer = h('div.composer',
			h('div.bar', this.operations, this.tabs.list), this.form, this.raw, this.issues, h('div.actions', this.send));
		this.element = h('div.console', this.setup, h('div.bar', this.button, this.state), this.composer, this.log.element);
		this.element.addEventListener('keydown', (event) => {
			if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.preventDefault(), this.transmit();
		});
		this.choose(channels[0]);
		this.show('not connected');
	}

	choose(channel) {
		if (!channel || channel === this.channel) return;
		this.socket?.close(1000);
		this.channel = channel;
		this.channels.selectedIndex = this.all.indexOf(channel);
		this.path = {};
		this.query = {};
		const input = (into, required, [name, schema]) => {
			const attributes = { 'data-parameter': name, oninput: ({ target }) => { into[name] = target.value; this.showUrl(); } };
			const otherwise = required ? 'required' : schema.default == null ? 'not sent' : `default ${schema.default}`;
			into[name] = required ? String(schema.default ?? schema.examples?.[0] ?? schema.enum?.[0] ?? '') : '';
			return field(name, schema.enum
				? h('select', attributes, !required && h('option', { value: '' }, otherwise), schema.enum.map((value) => h('option', value)))
				: h('input', { ...attributes, placeholder: otherwise, value: into[name] }));
		};
		const { required = [], properties = {} } = channel.query ?? {};
		fill(this.parameters,
			channel.parameters.map((entry) => input(this.path, true, entry)),
			Object.entries(properties).map((entry) => input(this.query, required.includes(entry[0]), entry)),
			this.access(securityWays(channel.security)));
		this.choices = channel.operations.filter(({ direction }) => direction === 'up').flatMap((operation) => operation.messages.map((message) => [operation, message]));
		fill(this.operations, this.choices.map(([{ title, messages }, { name }]) => h('option', messages.length > 1 ? `${title}: ${name}` : title)));
		this.composer.hidden = !this.choices.length;
		if (this.choices.length) this.compose(...this.choices[0]);
		this.showUrl();
	}

	/** How to say who one is, as far as a browser can. */
	access(ways) {
		this.way = null;
		if (!ways.length) return null;
		const able = [...ways.filter(({ can }) => can), { words: 'nothing', name: '' }];
		const unable = ways.filter(({ can }) => !can).map(({ name }) => `No browser can send the header ${name}. `);
		const note = h('div.doc');
		const token = field('Token', h('input.secret', { value: this.token, oninput: ({ target }) => { this.token = target.value; this.showUrl(); } }));
		const select = h('select', { onchange: () => use(able[select.selectedIndex]) }, able.map(({ words, name }) => h('option', `${words} ${name}`)));
		const use = (way) => {
			this.way = way;
			token.hidden = !['query', 'subprotocol'].includes(way.can);
			fill(note, way.can === 'cookie' && 'The browser sends it, if it has one for that host. ', unable);
			this.showUrl();
		};
		use(able[0]);
		return [field('Access', select), token, note];
	}

	address(token = this.token) {
		const path = this.channel.address.replace(/\{\*?([^}]+)\}/g, (_, name) => encodeURIComponent(this.path[name] ?? ''));
		const query = new URLSearchParams(Object.entries(this.query).filter(([, value]) => value));
		if (this.way?.can === 'query' && token) query.set(this.way.name, token);
		return `${this.servers[this.server.selectedIndex].url}${path}${query.size ? `?${query}` : ''}`;
	}

	showUrl() {
		if (this.query) this.url.textContent = decodeURI(this.address(this.token && '…'));
	}

	connect() {
		const { channel, way, token } = this;
		const missing = channel.parameters.find(([name]) => !this.path[name]);
		if (missing) return this.show('not connected', `fill in ${missing[0]}`);
		try {
			this.socket = new WebSocket(this.address(), way?.can === 'subprotocol' && token ? [way.name, token] : []);
		} catch {
			// What the browser says has the token in it.
			return this.show('not connected', 'no such address or token is possible');
		}
		const { socket } = this;
		this.show('connecting');
		socket.onopen = () => {
			this.setup.open = false;
			this.show('connected');
			this.log.add({ kind: 'note', name: 'Connected', note: this.url.textContent });
		};
		socket.onmessage = ({ data }) => this.received(channel, data);
		socket.onclose = (event) => this.closed(channel, socket, event);
	}

	show(state, detail) {
		fill(this.state, detail ? `${state}: ${detail}` : state);
		this.send.disabled = state !== 'connected';
		fill(this.button, this.socket ? 'Disconnect' : 'Connect');
		this.button.className = this.socket ? '' : 'primary';
		find('#console-state').dataset.state = state;
	}

	received({ envelope: { tag, ref, payload }, messages }, text) {
		const data = parse(text);
		const name = plain(data?.[tag] ?? 'no tag');
		const code = name === 'error' && (data.code ?? data[payload]?.code);
		this.log.add({
			kind: code ? 'error' : data?.[ref] != null ? 'reply' : 'push', name: code ? `error ${plain(code)}` : name,
			text: String(text), data, ref: data?.[ref], unknown: !messages.some((message) => message.name === name),
		});
	}

	closed({ key, websocket: { closeCodes } }, socket, { code, reason }) {
		if (this.socket === socket) this.socket = null;
		const known = closeCodes.find((one) => one.code === code);
		const name = known?.name ?? { 1005: 'without a code', 1006: 'without a close frame' }[code] ?? 'unknown';
		this.setup.open = true;
		this.show('not connected', `${code} ${name}`);
		this.log.add({
			kind: 'close', name: `Closed: ${code} ${name}`,
			note: [reason && `“${reason}” `,
				known && [inline(known.summary ?? ''), known.reconnect ? ' Connect again. ' : ' Do not connect again by itself. ', h('a', { href: to(`close-${key}-${code}`) }, 'More')],
				code === 1006 && 'Lost, or refused in the handshake: a browser does not say which.'],
		});
	}

	compose(operation, message, payload = message.examples[0]?.payload ?? sample(this.root, message.schema)) {
		const { channel } = operation;
		this.choose(channel);
		this.operations.selectedIndex = this.choices.findIndex(([known, of]) => known === operation && of === message);
		this.message = message;
		const { tag, ref } = channel.envelope;
		this.write({ [tag]: message.name, ...structuredClone(payload), [ref]: undefined });
		this.tabs.show(0);
	}

	/** The frame as text, with the next `ref`. */
	write(frame) {
		const { ref } = this.channel.envelope;
		if (this.message.hasRef) frame[ref] = typeof frame[ref] === 'string' ? frame[ref] : this.ref;
		this.raw.value = JSON.stringify(frame, null, 2);
		this.check();
	}

	draw() {
		const { tag, ref } = this.channel.envelope;
		const frame = parse(this.raw.value);
		if (frame && typeof frame === 'object') fill(this.form, form(this.root, this.message.schema, frame, [tag, ref], () => this.write(frame)));
		this.check();
	}

	check() {
		const frame = parse(this.raw.value);
		const found = frame === undefined ? [{ path: '', message: 'is no JSON, and can be sent all the same' }] : problems(this.root, this.message.schema, frame);
		fill(this.issues, found.slice(0, 8).map(({ path, message }) => h('li', h('code', path || 'frame'), ` ${message}`)));
	}

	transmit() {
		if (this.socket?.readyState !== WebSocket.OPEN) return;
		const { tag, ref } = this.channel.envelope;
		const data = parse(this.raw.value);
		const made = JSON.stringify(data, null, 2) === this.raw.value;
		// What was typed goes as it is: parsing changes large numbers and double keys.
		const text = made ? JSON.stringify(data) : this.raw.value;
		this.socket.send(text);
		this.log.add({ kind: 'sent', name: plain(data?.[tag] ?? 'text'), text, data, ref: data?.[ref] });
		this.ref += 1;
		if (made && typeof data?.[ref] === 'number') this.raw.value = JSON.stringify({ ...data, [ref]: this.ref }, null, 2);
	}
}
