// The sections of the page.

import { arrow, chip, copyButton, h, json, tabs, to, words } from './dom.js';
import { doc, inline, markdown, scrolled } from './markdown.js';
import { limitRows, securityWays } from './model.js';
import { sample } from './sample.js';
import { typeBlock } from './types.js';

const anchor = (id, text) => h('a.anchor', { href: to(id), 'aria-label': `Link to ${text}` }, '#');
const heading = (tag, id, text) => h(tag, text, anchor(id, text));
const bar = (deprecated, title, ...more) => h(deprecated ? 'div.bar.deprecated' : 'div.bar', title, deprecated && chip('deprecated', '.warn'), more);
const code = (text) => h('code', text);
const codeChips = ({ codes }) => h('p.chips', codes.map((name) => chip(name)));
const paragraph = (text) => text && h('p', inline(text));
const table = (heads, rows) => scrolled(h('tr', heads.map((head) => h('th', { scope: 'col' }, head))), rows);
const again = (reconnect) => (reconnect ? h('td.again', 'yes') : h('td', 'no'));
const facts = (rows) => h('dl.facts', rows.filter(Boolean).map(([name, ...value]) => [h('dt', name), h('dd', value)]));

/** Ways to authenticate, of which one is enough. */
function access(schemes) {
	const ways = securityWays(schemes).map(({ words, name, description }, index) =>
		h('li', index > 0 && h('em', 'or '), words, ' ', code(name), doc(description)));
	return ways.length ? h('ul', ways) : 'Anybody may connect.';
}

export function header({ info, servers, security }, files) {
	return h('section', { id: 'top', 'data-section': '' },
		h('h1', info.title, ' ', h('span.version', info.version)),
		markdown(info.description),
		facts([
			servers.length > 0 && ['Servers', servers.map(({ key, url, description }) => h('div', code(url), ' ', key, doc(description)))],
			['Credentials', access(security)],
			['Document', files.map((name) => h('a', { href: new URL(name, import.meta.url), download: name }, '↓ ', name, ' '))],
		]));
}

/** A channel, and all that is said on it. `tools` has the console. */
export function channelSection(root, channel, tools) {
	const context = { root, channel, tools, shown: new Set() };
	const group = (direction) => {
		const operations = channel.operations.filter((operation) => operation.direction === direction);
		return operations.length > 0 && [h('h3', arrow(direction), words(direction)), operations.map((operation) => operationSection(context, operation))];
	};
	const groups = [group('up'), group('down')];
	const others = channel.messages.filter((message) => !context.shown.has(message));
	return h('section.channel', { id: channel.id, 'data-section': '' },
		heading('h2', channel.id, channel.title),
		h('p.address', h('code', channel.address.split(/(\{[^}]*\})/).map((part) => (part[0] === '{' ? h('b', part) : part))), copyButton(() => channel.address, 'Copy address')),
		paragraph(channel.summary),
		markdown(channel.description),
		connection(root, channel),
		groups,
		others.length > 0 && [h('h3', 'Errors and other frames'), others.map((message) => h('div.sides', messageCard(context, message), message.codes && h('div.side', h('h5', 'Codes'), codeChips(message))))]);
}

function connection(root, { key, parameters, query, security, websocket, envelope: { tag, ref, payload } }) {
	const { closeCodes, handshakeErrors } = websocket;
	const path = { type: 'object', properties: Object.fromEntries(parameters), required: parameters.map(([name]) => name) };
	const more = (title, heads, rows) => rows.length > 0 && h('details', h('summary', title, ' ', h('span.count', rows.length)), table(heads, rows));
	const closes = closeCodes.map(({ code: number, name, summary = '', reconnect }) => {
		const id = `close-${key}-${number}`;
		return h('tr', { id }, h('td', h('a', { href: to(id) }, number)), h('td', code(name)), h('td', inline(summary)), again(reconnect));
	});
	return h('div.connection',
		facts([
			['Who may connect', access(security)],
			parameters.length > 0 && ['Path', typeBlock(root, path)],
			query && ['Query', typeBlock(root, query)],
			['Frames', 'JSON text: ', code(payload ? `{"${tag}": …, "${payload}": {…}}` : `{"${tag}": …, and the fields}`), '. Add a ', code(ref), ', and each answer carries it.'],
		]),
		more('Close codes', ['Code', 'Name', 'Meaning', 'Connect again?'], closes),
		more('Refused handshakes', ['HTTP status', 'Meaning', 'Try again?'],
			handshakeErrors.map(({ status, summary = '', reconnect }) => h('tr', h('td', status), h('td', inline(summary)), again(reconnect)))),
		more('Limits and heartbeat', ['Limit', 'Value'], limitRows(websocket).map((cells) => h('tr', cells.map((cell) => h('td', cell))))));
}

function operationSection(context, operation) {
	const { id, title, direction, messages, replies, errors, repetition, tags, triggers, deprecated, summary, description } = operation;
	const { tools } = context;
	const up = direction === 'up';
	const several = repetition && (repetition.mode === 'stream' ? 'A stream of these' : 'Any number of these');
	const ended = repetition?.terminator && [', ended by ', code(repetition.terminator)];
	return h('article.operation', { id, 'data-section': '' },
		bar(deprecated, heading('h4', id, title), several && chip('stream'), tags.map((tag) => chip(tag)),
			up && messages.length > 0 && h('button.quiet.try', { onclick: () => tools.use(operation, messages[0]) }, '▸ Try it')),
		paragraph(summary),
		markdown(description),
		triggers.length > 0 && h('p.doc', 'Triggers ', triggers.map(({ id, name }, index) => [index > 0 && ', ', h('a', { href: to(id) }, code(name))])),
		h('div.sides',
			h('div.side', up && h('h5', arrow('up'), messages.length > 1 ? 'One of' : 'Request'),
				messages.map((message) => messageCard(context, message, operation, up && 'comes back with each answer'))),
			up && h('div.side', h('h5', arrow('down'), several || 'Answered with', ended),
				replies.length ? replies.map((message) => messageCard(context, message, operation, 'that of the request')) : h('p', 'nothing'), errors.map(errorLine))));
}

/** A message. It has its anchor where it stands first. */
function messageCard({ root, channel, tools, shown }, message, operation, refNote) {
	const { key, name, schema, summary, description, examples, deprecated } = message;
	const { ref, payload } = channel.envelope;
	const id = shown.has(message) ? null : message.id;
	shown.add(message);
	// What is said of the payload is said of the message already.
	const type = h('div', typeBlock(root, schema, { [ref]: refNote, [payload]: '' }));
	const frames = examples.length ? examples : [{ payload: { ...sample(root, schema, true), [ref]: undefined } }];
	const sends = operation?.messages.includes(message) && operation.direction === 'up';
	const example = h('div', frames.map(({ name, summary, payload }) => h('figure',
		(name || summary) && h('figcaption.doc', h('b', name), ' ', inline(summary ?? '')),
		json(payload),
		h('div.actions', sends && h('button.quiet', { onclick: () => tools.use(operation, message, payload) }, '▸ Use in console'), copyButton(() => JSON.stringify(payload))))));
	const { list, show } = tabs(`${name} as`, [['Type', type], [examples.length > 1 ? `${examples.length} examples` : 'Example', example]]);
	show(0);
	return h('div.message', { id, 'data-message': key },
		bar(deprecated, h('code.tag', name), id && anchor(id, name), list),
		summary !== operation?.summary && paragraph(summary),
		markdown(description),
		type, example);
}

const errorLine = ({ id, key, name, codes }) => h('details.errors', { 'data-message': key },
	h('summary', 'or ', h('code.tag', name)),
	codeChips({ codes }),
	h('a', { href: to(id) }, 'The whole frame'));
