// The Markdown of doc comments. Anything else stays text, HTML above all.

import { h, safeLink } from './dom.js';

const LINK = /^!?\[((?:[^\]\\`]|\\.|`[^`]*`)*)\]\(\s*<?([^\s)>]*)>?\s*\)/;
// `[Type]`, as Rust writes links to its own: only the name is of use here.
const NAME = /^\[(`[^`\]]+`)\](?:\[[^\]]*\])?/;
const AUTO = /^<(https?:[^\s>]+)>/;

export function inline(text) {
	const out = [];
	let at = 0;
	for (const { 0: mark, index } of text.matchAll(/`+|\*\*|__|\*|(?<!\w)_|!?\[|<(?=https?:)|\\[!-/:-@[-`{-~]/g)) {
		const found = index >= at && span(text.slice(index), mark);
		if (!found) continue;
		out.push(text.slice(at, index), found[0]);
		at = index + found[1];
	}
	return [...out, text.slice(at)];
}

function span(text, mark) {
	if (mark[0] === '\\') return [mark[1], 2];
	const link = mark === '<' ? AUTO.exec(text) : mark.endsWith('[') && LINK.exec(text);
	if (link) return [anchor(link[2] ?? link[1], link[2] == null ? link[1] : inline(link[1])), link[0].length];
	const name = mark === '[' && NAME.exec(text);
	if (name) return [h('span', inline(name[1])), name[0].length];
	const end = text.indexOf(mark, mark.length + 1);
	if (end < 0 || mark === '<' || mark.endsWith('[')) return null;
	const body = text.slice(mark.length, end);
	if (mark[0] === '`') return [h('code', body.trim()), end + mark.length];
	return body === body.trim() && [h(mark.length > 1 ? 'strong' : 'em', inline(body)), end + mark.length];
}

function anchor(address, children) {
	const href = safeLink(address);
	return href == null ? h('span', children) : h('a', { href, rel: 'noopener noreferrer' }, children);
}

const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;
const HEADING = /^#{1,6}\s+(.*?)\s*#*$/;
const FENCE = /^\s*(```+|~~~+)/;

export const doc = (text) => text && h('div.doc', inline(text));

/** Paragraphs, headings, lists, tables and code, in one element. */
export const markdown = (text) => text && h('div.prose', blocks(text.replaceAll('\r', '').split('\n')));

function blocks(lines) {
	const out = [];
	let at = 0;
	const take = (fits) => {
		const from = at;
		while (at < lines.length && (at === from || fits(lines[at]))) at += 1;
		return lines.slice(from, at);
	};
	const isTable = () => lines[at].includes('|') && RULE.test(lines[at + 1] ?? 'none');
	const begins = (line) => FENCE.test(line) || HEADING.test(line) || ITEM.test(line) || isTable();
	const belongs = (line) => ITEM.test(line) || /^\s+\S/.test(line) || (!line.trim() && /^\s*([-*+]|\d+[.)])\s|^\s+\S/.test(lines[at + 1] ?? ''));
	while (at < lines.length) {
		const line = lines[at];
		const fence = FENCE.exec(line)?.[1];
		const heading = HEADING.exec(line);
		if (!line.trim()) at += 1;
		else if (fence) {
			const [, ...code] = take((line) => !line.trim().startsWith(fence));
			at += 1;
			out.push(h('pre', { tabindex: 0 }, h('code', code.join('\n'))));
		} else if (heading) {
			at += 1;
			out.push(h('h4', inline(heading[1])));
		} else if (ITEM.test(line)) out.push(list(take(belongs)));
		else if (isTable()) out.push(table(take((line) => line.includes('|'))));
		else out.push(h('p', inline(take((line) => line.trim() && !begins(line)).map((line) => line.trim()).join('\n'))));
	}
	return out;
}

function list(lines) {
	const [, { length: indent }, mark] = ITEM.exec(lines[0]);
	const items = [];
	for (const line of lines) {
		const item = ITEM.exec(line);
		if (item && item[1].length <= indent) items.push([item[3]]);
		else items.at(-1).push(line.replace(new RegExp(`^\\s{0,${indent + 2}}`), ''));
	}
	return h(/\d/.test(mark) ? 'ol' : 'ul', items.map((lines) => h('li', blocks(lines))));
}

function table([head, , ...body]) {
	const row = (line, tag) => {
		const cells = line.trim().replace(/^\||(?<!\\)\|$/g, '').split(/(?<!\\)\|/);
		return h('tr', cells.map((cell) => h(tag, inline(cell.trim()))));
	};
	return scrolled(row(head, 'th'), body.map((line) => row(line, 'td')));
}

export const scrolled = (head, rows) => h('div.scroll', { tabindex: 0 }, h('table', h('thead', head), h('tbody', rows)));
