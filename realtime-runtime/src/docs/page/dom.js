// Elements are made of text, never of markup: the document is not trusted.

/** An element: `h('p.note', { id: 'a' }, 'text', child, …)`. What is null or false is left out. */
export function h(selector, ...rest) {
	const [tag, ...classes] = selector.split('.');
	const element = document.createElement(tag);
	if (classes.length) element.className = classes.join(' ');
	if (rest[0] && Object.getPrototypeOf(rest[0]) === Object.prototype) {
		for (const [name, value] of Object.entries(rest.shift())) {
			if (value == null || value === false) continue;
			if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
			else if (name === 'value' || name === 'checked') element[name] = value;
			else element.setAttribute(name, value === true ? '' : value);
		}
	}
	element.append(...nodes(rest));
	return element;
}

const nodes = (list) => list.flat(Infinity).filter((child) => child != null && child !== false);

export const find = (selector) => document.querySelector(selector);
export const fill = (element, ...children) => element.replaceChildren(...nodes(children));

/** Directions are a client's: `up` to the server, `down` from it. */
export const words = (direction) => (direction === 'up' ? 'client → server' : 'server → client');
export const arrow = (direction) => h(`span.arrow.${direction}`, { title: words(direction) }, direction === 'up' ? '→' : '←');
export const chip = (text, kind = '') => h(`span.chip${kind}`, text);
export const to = (id) => `#${encodeURIComponent(id)}`;

/** The address, if it is one of a page. */
export function safeLink(address) {
	const base = document.baseURI;
	return URL.canParse(address, base) && /^https?:$/.test(new URL(address, base).protocol) ? address : null;
}

/** Buttons that show one of `[[title, panel], …]`. */
export function tabs(label, panels, shown = () => {}) {
	const show = (chosen) => {
		panels.forEach(([, panel], index) => {
			panel.hidden = index !== chosen;
			buttons[index].setAttribute('aria-pressed', String(index === chosen));
		});
		shown(chosen);
	};
	const buttons = panels.map(([title], index) => h('button', { onclick: () => show(index) }, title));
	return { show, list: h('div.tabs', { role: 'group', 'aria-label': label }, buttons) };
}

export function copyButton(text, label = 'Copy') {
	const button = h('button.quiet', { 'aria-label': label, onclick: async () => {
		try {
			await navigator.clipboard.writeText(text());
		} catch {
			// Pages that did not come over TLS are not trusted with the clipboard.
			const area = h('textarea', { value: text() });
			document.body.append(area);
			area.select();
			document.execCommand('copy');
			area.remove();
		}
		button.classList.add('done');
		setTimeout(() => button.classList.remove('done'), 1200);
	} }, 'Copy');
	return button;
}

export function json(value) {
	const text = JSON.stringify(value, null, 2);
	const parts = [];
	let at = 0;
	for (const match of text.matchAll(/("(?:[^"\\]|\\.)*")(:)?|-?\d[\d.eE+-]*|true|false|null/g)) {
		const kind = match[2] ? 'key' : match[1] ? 'string' : /\d/.test(match[0]) ? 'number' : 'word';
		parts.push(text.slice(at, match.index), h(`span.t-${kind}`, match[1] ?? match[0]), match[2]);
		at = match.index + match[0].length;
	}
	return h('pre', { tabindex: 0 }, h('code', parts, text.slice(at)));
}
