// Schemas as types. What has a name is made when it is opened, so that recursion ends.

import { chip, h } from './dom.js';
import { doc, inline } from './markdown.js';
import { constraints, short, variantName, view } from './schema.js';

/** A type's fields. `notes` replaces what is said of single ones. */
export function typeBlock(root, schema, notes = {}) {
	const at = view(root, schema);
	return h('div.type', at.kind === 'object' && at.fields.length ? fields(root, at, 0, [], notes) : entry(root, [], schema, 0, []));
}

/** What stands on a type's line; below that, a block and what closes it, if anything. */
function shape(root, raw, depth, within) {
	const at = view(root, raw);
	const made = shapeOf(root, at, depth, within);
	if (!at.nullable) return made;
	const { open, block, close } = made;
	return block ? { ...made, close: `${close} | null` } : { open: [open, ' | ', h('span.t-word', 'null')] };
}

function shapeOf(root, at, depth, outside) {
	const { kind, values, items, variants, more } = at;
	const name = at.name && h('span.t-name', at.name);
	const again = at.name && outside.includes(at.name);
	const within = at.name ? [...outside, at.name] : outside;
	const fold = Boolean(name) && (depth > 1 || again);
	const inner = (raw) => shape(root, raw, depth, within);
	const plain = (list) => !again && list.every((raw) => !inner(raw).block);
	const each = (list, sign) => list.map((raw, index) => [index > 0 && sign, inner(raw).open]);
	if (kind === 'enum') {
		if (values.length < 5 && !values.some(({ description }) => description)) return { open: values.map(({ value }, index) => [index > 0 && ' | ', literal(value)]) };
		const block = () => values.map(({ value, description }) => row(['| ', literal(value)], doc(description)));
		return { open: name ?? h('span.t-word', 'one of'), block, close: '', fold: values.length > 12 };
	}
	if (kind === 'array') {
		if (again) return { open: name };
		const item = inner(items);
		if (item.block) return { ...item, close: `${item.close}[]` };
		return { open: short(root, items).includes(' | ') ? ['(', item.open, ')[]'] : [item.open, '[]'] };
	}
	if (kind === 'tuple') {
		if (plain(items)) return { open: ['[', each(items, ', '), ']'] };
		return { open: [name, ' ['], block: () => items.map((item) => entry(root, [], item, depth + 1, within)), close: ']', fold };
	}
	if (kind === 'union') {
		if (plain(variants)) return { open: each(variants, ' | ') };
		const block = () => variants.map((variant) => {
			const { name, kind, description } = view(root, variant['x-of'] ?? variant);
			return entry(root, ['| ', kind === 'object' && !name && h('span.t-more', variantName(root, variant), ' ')], { description, ...variant }, depth + 1, within);
		});
		return { open: [name, ' ', h('span.t-word', 'one of')], block, close: '', fold };
	}
	if (kind !== 'object') return { open: h('span.t-word', kind) };
	if (at.fields.length) return { open: [name, ' {'], block: () => fields(root, at, depth + 1, within), close: '}', fold };
	if (again || !more) return { open: name ?? '{}' };
	const value = inner(more);
	const open = ['{ [key: string]: ', value.open];
	return value.block ? { ...value, open, close: `${value.close} }` } : { open: [open, ' }'] };
}

function fields(root, at, depth, within, notes = {}) {
	const known = at.fields.map(([key, field]) => {
		const required = at.required.has(key);
		return entry(root, [h(required ? 'span.t-key' : 'span', key), required ? ': ' : '?: '], field, depth, within, notes[key]);
	});
	return [known, at.more && entry(root, ['[key: string]: '], at.more, depth, within)];
}

function entry(root, before, raw, depth, within, said) {
	const at = view(root, raw);
	const { open, block: make, close, fold } = shape(root, raw, depth, within);
	const remark = said == null ? docs(root, at, raw?.description ?? at.description) : doc(said);
	if (!make) return row([before, open], remark);
	const label = [open].flat(Infinity).filter(Boolean);
	const foldable = label.some((part) => part.className === 't-name');
	const block = h('div.block');
	const end = close && row(close);
	const more = h('span.t-more', ` … ${close}`);
	const button = foldable && h('button.fold', { onclick: () => show(block.hidden) }, label);
	const show = (open) => {
		if (open && !block.childElementCount) block.append(...[make()].flat(Infinity).filter(Boolean));
		block.hidden = !open;
		if (end) end.hidden = !open;
		more.hidden = open;
		if (button) button.setAttribute('aria-expanded', String(open));
	};
	show(!fold);
	return [row([before, button || label, more], remark), block, end];
}

function docs(root, at, description) {
	const chips = constraints(at).map((text) => chip(text));
	if (at.kind === 'array') chips.push(...constraints(view(root, at.items)).map((text) => chip(`each ${text}`)));
	if (at.deprecated) chips.unshift(chip('deprecated', '.warn'));
	const [example = null] = at.schema.examples ?? [];
	if (typeof example !== 'object') chips.push(chip(`e.g. ${JSON.stringify(example)}`));
	return (description || chips.length > 0) && h('div.doc', description && inline(description), ' ', chips);
}

const row = (code, doc) => h('div.row', h('code', code), doc);
const literal = (value) => h(`span.t-${typeof value === 'string' ? 'string' : typeof value === 'number' ? 'number' : 'word'}`, JSON.stringify(value));
