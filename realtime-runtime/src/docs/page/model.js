// The document as the page shows it: by channel, from the client's side of the table.

import { follow, lastKey, view } from './schema.js';

// These are for who does not know `x-websocket`. A heading without a table is somebody's own.
const TABLES = /^#+ +(Refused handshakes|Close codes|Limits and heartbeat)\s*\n(\|.*(\n|$))+/gm;

export function model(root) {
	const find = (node) => follow(root, node) ?? {};
	const list = (nodes) => Object.entries(nodes ?? {}).map(([key, node]) => ({ key, ...find(node) }));
	const { info = {}, components = {} } = root;
	const servers = list(root.servers).filter(({ protocol }) => /^wss?$/.test(protocol)).map((server) => ({ ...server, url: `${server.protocol}://${server.host}${server.pathname ?? ''}` }));
	const channels = list(root.channels).map((node) => channel(root, find, node));
	for (const node of list(root.operations)) {
		const of = channels.find(({ key }) => key === lastKey(node.channel?.$ref ?? ''));
		of?.operations.push(operation(find, of, node));
	}
	for (const channel of channels) {
		channel.security = [...new Set([...servers, ...channel.operations].flatMap(({ security = [] }) => security).map(find))];
	}
	return { root, info, servers, channels, security: list(components.securitySchemes) };
}

function channel(root, find, node) {
	const websocket = node['x-websocket'];
	const made = {
		...node,
		id: `channel-${node.key}`,
		title: node.title ?? node.key,
		address: node.address ?? '',
		description: websocket ? node.description?.replace(TABLES, '') : node.description,
		parameters: Object.entries(node.parameters ?? {}).map(([name, raw]) => {
			const { 'x-schema': schema, enum: values, ...notes } = find(raw);
			return [name, { type: 'string', ...(values && { enum: values }), ...schema, ...notes }];
		}),
		query: find(node.bindings).ws?.query,
		envelope: { tag: 'action', ref: 'ref', ...websocket?.envelope },
		websocket: { closeCodes: [], handshakeErrors: [], limits: {}, ...websocket },
		operations: [],
	};
	made.messages = Object.entries(node.messages ?? {}).map(([key, raw]) => message(root, made, key, find(raw)));
	return made;
}

function message(root, channel, key, { payload = true, name, title, summary, description, examples = [], ...node }) {
	const { tag, ref } = channel.envelope;
	const schema = payload.schemaFormat ? payload.schema : payload;
	const made = {
		key, channel, schema, title, summary, description,
		examples: examples.map(({ payload, ...rest }) => ({ ...rest, payload: { [tag]: payload?.[tag], ...payload } })),
		id: `message-${channel.key}-${key}`,
		name: field(root, schema, tag)?.const ?? name ?? key,
		deprecated: node['x-deprecated'] || follow(root, schema)?.deprecated,
		hasRef: field(root, schema, ref) !== undefined,
	};
	// Only the framework's own answer to what cannot be handled is called so.
	made.codes = made.name === 'error' ? codes(root, channel, schema) : null;
	return made;
}

const field = (root, schema, name) => view(root, schema).fields?.find(([key]) => key === name)?.[1];

function codes(root, { envelope: { payload } }, schema) {
	const code = field(root, payload ? field(root, schema, payload) : schema, 'code');
	const at = view(root, code);
	return at.kind === 'enum' ? at.values.map(({ value }) => value) : [...(at.schema.examples ?? []), 'and others'];
}

function operation(find, channel, node) {
	const messages = (list) => (list ?? []).map(({ $ref = '' }) => channel.messages.find(({ key }) => key === lastKey($ref))).filter(Boolean);
	const reply = find(node.reply);
	const answers = messages(reply.messages);
	return {
		...node,
		channel,
		id: `operation-${node.key}`,
		direction: node.action === 'send' ? 'down' : 'up',
		title: node.title ?? node.key,
		tags: (node.tags ?? []).map((tag) => find(tag).name),
		deprecated: node['x-deprecated'],
		messages: node.messages ? messages(node.messages) : channel.messages,
		replies: answers.filter(({ codes }) => !codes),
		errors: answers.filter(({ codes }) => codes),
		repetition: reply['x-reply'],
		triggers: messages(node['x-triggers']),
	};
}

/** How a client proves who it is: in words, and whether a browser `can`. */
export const securityWays = (schemes) => schemes.map(({ type, in: can = '', name = '', description, scheme = '', bearerFormat }) => {
	if (type === 'http') return { description, words: 'the header', name: `Authorization: ${scheme.replace(/^./, (first) => first.toUpperCase())} …${bearerFormat ? ` (${bearerFormat})` : ''}` };
	if (/^sec-websocket-protocol$/i.test(name)) {
		return { description, can: 'subprotocol', words: 'a token, offered as subprotocol after', name: /\["([^"]+)",/.exec(description)?.[1] ?? 'bearer' };
	}
	return { description, can: can !== 'header' && can, words: can === 'query' ? 'the query parameter' : `the ${can || type}`, name };
});

/** Limits and heartbeat, called by their keys, so that none is left out. */
export function limitRows({ limits, heartbeat: { intervalMs, timeoutMs } = {} }) {
	const all = { ...limits, pingIntervalMs: intervalMs, pongTimeoutMs: timeoutMs };
	return Object.entries(all).filter(([, value]) => value != null).map(([key, value]) => {
		const unit = { Ms: [1000, ' s'], Bytes: [1024, ' KiB'] }[/Ms$|Bytes$/.exec(key)];
		const name = key.replace(/Ms$|Bytes$/, '').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
		return [name, unit ? (value / unit[0]).toLocaleString('en') + unit[1] : value.toLocaleString('en')];
	});
}
