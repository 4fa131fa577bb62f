// A form for any schema. It edits in place: what it does not know stays.

import { fill, h } from './dom.js';
import { doc } from './markdown.js';
import { closest, same, sample } from './sample.js';
import { short, variantName, view } from './schema.js';

/** A form for the members of `value` but those in `skip`; `changed` hears of every change. */
export function form(root, schema, value, skip, changed) {
	const at = view(root, schema);
	const shown = (at.fields ?? []).filter(([name]) => !skip.includes(name));
	const members = shown.map(([name, raw]) => member({ root, changed }, value, name, raw, at.required.has(name), name));
	return members.length ? h('div.fields', members) : h('p.doc', 'Nothing to fill in.');
}

function member(context, holder, name, raw, required, path, more) {
	const { root, changed } = context;
	const { kind, values, description } = view(root, raw);
	if (kind === 'enum' && values.length === 1 && required) return null;
	const body = h('div.body');
	const draw = () => fill(body, Object.hasOwn(holder, name) && widget(context, holder, name, raw, path));
	const include = !required && h('input', {
		type: 'checkbox', checked: Object.hasOwn(holder, name), 'aria-label': `Send ${path}`,
		onchange: ({ target }) => {
			if (target.checked) holder[name] = sample(root, raw);
			else delete holder[name];
			draw();
			changed();
		},
	});
	draw();
	return h('div.member',
		h('div.label', include, h('label', { for: `f-${path}` }, name), h('span.t', short(root, raw)), more),
		kind !== 'object' && doc(description), body);
}

function widget(context, holder, key, raw, path) {
	const { root } = context;
	const at = view(root, raw);
	const box = h('div.widget');
	const draw = () => fill(box,
		at.nullable && h('label.nullable', h('input', {
			type: 'checkbox', checked: holder[key] === null,
			onchange: ({ target }) => set(target.checked ? null : sample(root, raw, true), true),
		}), 'null'),
		!(at.nullable && holder[key] === null) && control(context, at, holder, key, path, set));
	const set = (value, redraw) => {
		holder[key] = value;
		if (redraw) draw();
		context.changed();
	};
	draw();
	return box;
}

/** `set(value, redraw)` takes the new value. */
function control(context, at, holder, key, path, set) {
	const { root } = context;
	const { kind, items, schema } = at;
	const id = `f-${path}`;
	const value = holder[key];
	const select = (names, chosen, choose) =>
		h('select', { id, onchange: ({ target }) => choose(target.selectedIndex) }, names.map((name, index) => h('option', { selected: index === chosen }, name)));
	const button = (text, act, label) => h('button.quiet', { 'aria-label': label, onclick: () => { act(); set(holder[key], true); } }, text);
	const nested = (...members) => h('div.fields.nested', members);
	if (kind === 'enum' || kind === 'boolean') {
		const values = kind === 'enum' ? at.values.map(({ value }) => value) : [false, true];
		const names = values.map((known) => (typeof known === 'string' ? known : JSON.stringify(known)));
		if (values.length === 1) return h('code', names);
		const chosen = values.findIndex((known) => same(known, value));
		return select(chosen < 0 ? ['', ...names] : names, Math.max(chosen, 0), (index) => set(structuredClone(values[chosen < 0 ? index - 1 : index]), chosen < 0));
	}
	if (kind === 'union') {
		const chosen = at.chosen ?? closest(root, at.variants, value).index;
		const choose = (index) => set(sample(root, at.variants[at.chosen = index]), true);
		return [select(at.variants.map((variant) => variantName(root, variant)), chosen, choose), widget(context, holder, key, at.variants[chosen], path)];
	}
	if (kind === 'array' || kind === 'tuple') {
		const list = Array.isArray(value) ? value : holder[key] = sample(root, schema) ?? [];
		const remove = (index) => kind === 'array' && button('✕', () => list.splice(index, 1), `Remove ${path}[${index}]`);
		return nested(list.map((_, index) => member(context, list, index, kind === 'array' ? items : items[index] ?? true, true, `${path}[${index}]`, remove(index))),
			kind === 'array' && button('+ item', () => list.push(sample(root, items)), `Add to ${path}`));
	}
	if (kind === 'object') {
		const object = value && typeof value === 'object' && !Array.isArray(value) ? value : holder[key] = {};
		const child = (name, raw, required, more) => member(context, object, name, raw, required, `${path}.${name}`, more);
		const others = at.more ? Object.keys(object).filter((name) => !at.fields.some(([known]) => known === name)) : [];
		const added = h('input', { 'aria-label': `New key of ${path}`, placeholder: 'key' });
		return nested(
			at.fields.map(([name, raw]) => child(name, raw, at.required.has(name))),
			others.map((name) => child(name, at.other(name) || true, true, button('✕', () => delete object[name], `Remove ${path}.${name}`))),
			at.more && h('div.bar', added, button('+ entry', () => { if (!Object.hasOwn(object, added.value)) object[added.value] = sample(root, at.more); }, `Add to ${path}`)));
	}
	const text = typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
	const read = ({ target: { value } }) => { try { return JSON.parse(value); } catch { return value; } };
	if (kind !== 'string') return h('input', { id, value: text, oninput: (event) => set(read(event)) });
	const long = !schema.format && !schema.pattern && !(schema.maxLength <= 100);
	return h(long ? 'textarea' : 'input', { id, rows: long && 1, placeholder: schema.format, value: text, oninput: ({ target }) => set(target.value) });
}
