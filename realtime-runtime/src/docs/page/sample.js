// Values from schemas, and what is wrong with a value: help, not the last word.

import { BOUNDS, matches, view } from './schema.js';

const FORMATS = {
	'date-time': '2026-01-31T12:00:00Z', date: '2026-01-31', uuid: '6f1f64e7-4b0e-4e6c-9a43-3f1b2c4d5e6f', uri: 'https://example.org/', 'uri-reference': '/',
};

/** A value that fits: the first example, the default, or the plainest. `full` has optional fields, too. */
export function sample(root, raw, full = false, within = []) {
	const at = view(root, raw);
	const { schema, name, kind } = at;
	const known = schema.examples?.[0] ?? schema.default;
	if (known != null) return structuredClone(known);
	const inside = name ? [...within, name] : within;
	const leadsBack = (raw) => inside.includes(view(root, raw?.['x-of'] ?? raw).name);
	const inner = (raw) => sample(root, raw, full, inside);
	if (inside.length > 6 || (at.nullable && (!full || within.includes(name)))) return null;
	if (kind === 'enum') return structuredClone(at.values[0].value);
	if (kind === 'union') return inner(at.variants.find((variant) => !leadsBack(variant)) ?? at.variants[0]);
	if (kind === 'tuple') return at.items.map(inner);
	if (kind === 'array') return Array.from({ length: Math.max(schema.minItems ?? 0, full && !leadsBack(at.items) ? 1 : 0) }, () => inner(at.items));
	if (kind === 'object') {
		const wanted = at.fields.filter(([key, field]) => at.required.has(key) || (full && !leadsBack(field)));
		return Object.fromEntries(wanted.map(([key, field]) => [key, inner(field)]));
	}
	if (kind === 'string') return FORMATS[schema.format] ?? (full || schema.minLength ? 'text' : '').padEnd(schema.minLength ?? 0, ' text').slice(0, schema.maxLength);
	if (kind === 'boolean') return false;
	if (kind !== 'integer' && kind !== 'number') return null;
	return Math.min(Math.max(full ? 1 : 0, schema.minimum ?? 0), schema.maximum ?? Infinity);
}

const typeOf = (value) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);
const sorted = (_, value) => (typeOf(value) === 'object' ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, value[key]])) : value);
/** In whatever order their keys stand. */
export const same = (a, b) => JSON.stringify(a, sorted) === JSON.stringify(b, sorted);

/** Whether a variant's constants are the value's: 1 if so, -1 if not, 0 if nothing tells. */
function agrees(root, variant, value) {
	const tags = view(root, variant).fields?.filter(([key, field]) => Object.hasOwn(Object(value), key) && (field?.const !== undefined || field?.enum?.length === 1)) ?? [];
	return tags.length && (tags.some(([key, field]) => problems(root, field, value[key]).length) ? -1 : 1);
}

/** The variant that fits best, and what does not fit even so. */
export function closest(root, variants, value, path, seen) {
	const agreed = variants.map((variant) => agrees(root, variant, value));
	const most = Math.max(...agreed);
	const tried = variants.map((variant, index) => ({ index, found: agreed[index] === most ? problems(root, variant, value, path, seen) : null }));
	return tried.filter(({ found }) => found).reduce((best, next) => (next.found.length < best.found.length ? next : best));
}

/** What does not fit, each with its path. `seen` has what was found: variants have parts in common. */
export function problems(root, raw, value, path = '', seen = new Map()) {
	const at = view(root, raw);
	const { schema, kind } = at;
	const wrong = (message, path_ = path) => [{ path: path_, message }];
	if (kind === 'any' || (value === null && at.nullable)) return [];
	if (kind === 'never') return wrong('nothing fits here');
	if (kind === 'enum') return at.values.some((known) => same(known.value, value)) ? [] : wrong(`must be ${at.values.map(({ value }) => JSON.stringify(value)).join(' or ')}`);
	if (kind === 'union') return closest(root, at.variants, value, path, seen).found;
	const type = { tuple: 'array', integer: 'number' }[kind] ?? kind;
	if (typeOf(value) !== type) return wrong(`must be of type ${type}`);
	if (kind === 'integer' && !Number.isInteger(value)) return wrong('must be a whole number');
	const [least, most, unit] = BOUNDS[type] ?? [];
	const size = type === 'string' ? [...value].length : value?.length ?? value;
	const units = unit && `${unit}s`;
	const out = [];
	if (size < schema[least]) out.push(...wrong(`must be at least ${schema[least]}${units}`));
	if (size > schema[most]) out.push(...wrong(`must be at most ${schema[most]}${units}`));
	if (type === 'string' && schema.pattern && !matches(schema.pattern, value)) out.push(...wrong(`must match /${schema.pattern}/`));
	const below = (raw, value, path) => {
		const known = seen.get(raw) ?? Object.create(null);
		seen.set(raw, known);
		out.push(...(known[path] ??= problems(root, raw, value, path, seen)));
	};
	if (type === 'array') value.slice(0, 200).forEach((item, index) => below(kind === 'tuple' ? at.items[index] ?? true : at.items, item, `${path}[${index}]`));
	if (type !== 'object') return out;
	const child = (key) => (path ? `${path}.${key}` : key);
	for (const key of at.required) if (!Object.hasOwn(value, key)) out.push(...wrong('is required', child(key)));
	for (const [key, field] of Object.entries(value)) {
		const known = at.fields.find(([name]) => name === key)?.[1] ?? at.other(key) ?? true;
		if (known === false) out.push(...wrong('is not known', child(key)));
		else below(known, field, child(key));
	}
	return out;
}
