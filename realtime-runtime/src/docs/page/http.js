// The HTTP endpoints, where the application has an OpenAPI document.

import { chip, h } from './dom.js';
import { inline, markdown } from './markdown.js';
import { follow, short } from './schema.js';
import { typeBlock } from './types.js';

const METHODS = ['get', 'put', 'post', 'patch', 'delete', 'options', 'head', 'trace'];

/** The section; a quiet note in it if there is nothing to show. */
export async function endpoints(address) {
	const link = h('a', { href: address }, address);
	const section = (...body) => h('section.channel', { id: 'http', 'data-section': '' }, h('h2', 'HTTP endpoints'), body);
	try {
		const answer = await fetch(address);
		if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
		const root = await answer.json();
		const list = Object.entries(root.paths ?? {}).flatMap(([path, node]) => {
			const item = follow(root, node);
			return METHODS.filter((method) => item?.[method]).map((method) => {
				try {
					return endpoint(root, path, method, item[method], item.parameters);
				} catch {
					return endpoint(root, path, method, { description: 'It could not be read.' });
				}
			});
		});
		return section(h('p.doc', 'From ', link), list);
	} catch (error) {
		return section(h('p.doc', 'Nothing could be read from ', link, `: ${error.message}.`));
	}
}

function endpoint(root, path, method, { parameters = [], requestBody, responses = {}, summary = '', description }, shared = []) {
	const find = (node) => follow(root, node) ?? {};
	const all = [...shared, ...parameters];
	const bodies = ({ content = {} }) => Object.entries(content).map(([type, { schema }]) => [h('div.doc', type), schema && typeBlock(root, schema)]);
	const parameter = ({ name, in: place, schema = true, description, required }) => h('div.row', h('code', h('b', name), required ? ': ' : '?: ', short(root, schema)), h('div.doc', chip(place), description && inline(description)));
	return h('details.endpoint', { id: `http-${method}-${path}` },
		h('summary', h('span.method', method.toUpperCase()), ' ', h('code', path), ' ', h('span.doc', inline(summary))),
		h('div.sides',
			h('div.side', markdown(description), all.length > 0 && h('h5', 'Parameters'), all.map(find).map(parameter), requestBody && [h('h5', 'Body'), bodies(find(requestBody))]),
			h('div.side', h('h5', 'Responses'), Object.entries(responses).map(([status, node]) => h('div.response', h('b', status), ' ', inline(find(node).description ?? ''), bodies(find(node)))))));
}
