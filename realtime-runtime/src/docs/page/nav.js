// The way around: navigation, search, deep links.

import { arrow, fill, find, h, to, words } from './dom.js';
import { view } from './schema.js';

const [list, search, found] = ['#nav-list', '#search', '#found'].map(find);
const link = (id, ...text) => h('li', h('a', { href: to(id), 'data-id': id }, text));

/** Fills the navigation, and returns what goes to where the address points. */
export function navigation({ root, channels }, more) {
	const group = ({ operations }, wanted) => {
		const links = operations.filter(({ direction }) => direction === wanted).map(({ id, title, deprecated }) => link(id, h(deprecated ? 's' : 'span', title)));
		return links.length > 0 && [h('li.caption', arrow(wanted), words(wanted)), links];
	};
	const tree = [link('top', 'Overview'), channels.map((channel) => [link(channel.id, h('b', channel.title)), group(channel, 'up'), group(channel, 'down')]), more && link('http', h('b', more))];
	const index = searchable(root, channels);
	const show = () => {
		const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
		const hits = index.filter(({ text }) => wanted.every((word) => text.includes(word)));
		fill(list, wanted.length ? hits.slice(0, 60).map(({ id, title, kind, where }) => link(id, title, h('small', kind, where && ` in ${where}`))) : tree);
		found.textContent = wanted.length ? `${hits.length} found` : '';
		spy();
	};
	search.addEventListener('input', show);
	search.addEventListener('keydown', ({ key }) => {
		if (key === 'Enter') list.querySelector('a')?.click();
		if (key === 'Escape') search.value = '', show();
	});
	addEventListener('keydown', (event) => {
		if (event.key !== '/' || event.ctrlKey || event.metaKey || event.target.closest?.('input, textarea, select')) return;
		event.preventDefault();
		document.body.classList.add('nav-open');
		search.select();
	});
	list.addEventListener('click', ({ target }) => target.closest('a') && document.body.classList.remove('nav-open'));
	addEventListener('scroll', spy);
	addEventListener('hashchange', arrive);
	show();
	arrive();
	return arrive;
}

/** Goes to what the address names, and unfolds what hides it. */
function arrive() {
	const target = [...document.querySelectorAll('[id]')].find(({ id }) => to(id) === location.hash || `#${id}` === location.hash);
	find('.target')?.classList.remove('target');
	target?.classList.add('target');
	for (let at = target; at; at = at.parentElement) if (at.localName === 'details') at.open = true;
	target?.scrollIntoView();
	spy();
}

function spy() {
	const sections = [...document.querySelectorAll('[data-section]')];
	const here = sections.findLast((section) => section.getBoundingClientRect().top < 140) ?? sections[0];
	for (const link of list.querySelectorAll('a')) {
		const current = link.dataset.id === here?.id;
		if (current && !link.ariaCurrent) link.scrollIntoView({ block: 'nearest' });
		link.ariaCurrent = current ? 'true' : null;
	}
}

function searchable(root, channels) {
	const out = [];
	const add = (id, kind, where, title, ...more) => out.push({ id, kind, where, title, text: [title, ...more].join(' ').toLowerCase() });
	for (const { id, key, title: channel, address, summary, operations, messages, websocket, envelope } of channels) {
		add(id, 'channel', '', channel, address, summary);
		for (const { id, title, direction, summary, tags } of operations) add(id, words(direction), channel, title, summary, ...tags);
		for (const { id, name, title, summary } of messages) add(id, 'message', channel, name, title, summary);
		for (const { id, name, schema } of messages) {
			const seen = new Set();
			const fields = (raw) => {
				const at = view(root, raw);
				if (seen.has(at.name)) return;
				if (at.name) seen.add(at.name);
				for (const [field, inner] of at.fields ?? []) {
					if (!Object.values(envelope).includes(field)) add(id, 'field', at.name ?? name, field, view(root, inner).description);
					fields(inner);
				}
				for (const inner of [at.items, at.more, at.variants].flat().filter(Boolean)) fields(inner);
			};
			fields(schema);
		}
		for (const { code, name, summary } of websocket.closeCodes) add(`close-${key}-${code}`, 'close code', channel, `${code} ${name}`, summary);
	}
	return out;
}
