// The frames of a connection: a bounded number, drawn once a screen.

import { arrow, chip, copyButton, fill, h, json } from './dom.js';

const KEPT = 500;
const KINDS = ['all', 'sent', 'reply', 'push', 'error'];

export class Log {
	constructor() {
		const filter = () => this.items.forEach((item) => this.sift(item));
		this.list = h('div.log', { role: 'log', 'aria-live': 'polite', 'aria-label': 'Frames', tabindex: 0 });
		this.kind = h('select', { 'aria-label': 'Which frames', onchange: filter }, KINDS.map((kind) => h('option', kind)));
		this.text = h('input', { type: 'search', 'aria-label': 'Filter frames', placeholder: 'Filter', oninput: filter });
		this.count = h('p.doc');
		this.element = h('div.frames',
			h('div.bar', this.kind, this.text, copyButton(() => this.toString(), 'Copy all frames'), h('button.quiet', { onclick: () => this.clear() }, 'Clear')), this.count, this.list);
		this.clear();
	}

	clear() {
		Object.assign(this, { items: [], waiting: [], requests: new Map(), sent: 0, received: 0, dropped: 0 });
		fill(this.list, h('div.empty', 'Frames appear here, answers below their request.'));
		this.tell();
	}

	/** A frame: `{ kind, name, text, data, ref }`; or anything else, with `note` in place of `text`. */
	add(item) {
		Object.assign(item, { at: performance.now(), time: new Date().toTimeString().slice(0, 8) });
		const key = item.ref != null && JSON.stringify(item.ref);
		if (item.kind === 'sent') {
			this.sent += 1;
			if (key) this.requests.set(key, item);
		} else if (item.text != null) {
			this.received += 1;
			item.request = this.requests.get(key);
		}
		this.waiting.push(item);
		// A tab in the background is not drawn: what nobody saw in time is let go.
		if (this.waiting.length > KEPT) this.forget(this.waiting.splice(this.waiting.findIndex(({ kind }) => kind !== 'sent'), 1)[0]);
		else if (this.waiting.length === 1) requestAnimationFrame(() => this.draw());
	}

	forget(item) {
		const key = JSON.stringify(item.ref);
		if (this.requests.get(key) === item) this.requests.delete(key);
		item.element?.remove();
		this.dropped += 1;
	}

	draw() {
		const { list, items } = this;
		const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
		list.querySelector('.empty')?.remove();
		for (const item of this.waiting.splice(0)) {
			items.push(item);
			item.element = entry(item);
			const request = item.request?.element;
			if (request?.isConnected) (request.querySelector('.replies') ?? request.appendChild(h('div.replies'))).append(item.element);
			else list.append(item.element);
			this.sift(item);
		}
		// A request stays as long as one of its answers does.
		const oldest = () => items.findIndex(({ element }) => !element.querySelector('.entry'));
		while (items.length > KEPT) this.forget(items.splice(oldest(), 1)[0]);
		if (atEnd) list.scrollTop = list.scrollHeight;
		this.tell();
	}

	tell() {
		const { sent, received, dropped } = this;
		this.count.textContent = `${sent} sent, ${received} received${dropped ? `, the oldest ${dropped} let go` : ''}`;
	}

	/** Shows it if the filter does; a request stays for the sake of its answers. */
	sift({ element, kind, name, text, request }) {
		const wanted = this.kind.value;
		const words = `${name} ${text ?? ''}`.toLowerCase();
		element.hidden = (wanted !== 'all' && wanted !== kind && text != null) || !words.includes(this.text.value.toLowerCase());
		if (request?.element && !element.hidden) request.element.hidden = false;
	}

	toString() {
		return this.items.map(({ time, kind, text, name }) => `${time} ${kind === 'sent' ? '→' : text == null ? '·' : '←'} ${text ?? name}`).join('\n');
	}
}

const size = (text) => `${new TextEncoder().encode(text).length} B`;
// Whether parsing kept all: large numbers change, double keys go.
const whole = (data, text) => data !== undefined && bare(JSON.stringify(data)) === bare(text);
const bare = (text) => text.replace(/\s|\.0\b/g, '');
const duration = (ms) => `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;

function entry({ kind, name, text, data, note, unknown, time, at, request }) {
	const line = (...before) => h('div.line', before, h('b', name), unknown && chip('not in the document', '.warn'),
		h('span.meta', request && h('span.latency', duration(at - request.at)), text != null && h('span', size(text)), h('span', time)));
	if (text == null) return h(`div.entry.${kind}`, line(), h('div.doc', note));
	const details = h('details', h('summary', line(arrow(kind === 'sent' ? 'up' : 'down')), h('div.preview', text.slice(0, 300))));
	details.addEventListener('toggle', () => {
		if (details.open && details.childElementCount < 2) details.append(whole(data, text) ? json(data) : h('pre', text), h('div.actions', copyButton(() => text)));
	});
	return h(`div.entry.${kind}`, { 'data-name': name }, details);
}
