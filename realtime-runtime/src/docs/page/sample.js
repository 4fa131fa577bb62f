// Values from schemas, and what is wrong with a value: both are help, and neither has the last word.

import { view } from './schema.js';

const FORMATS = {
	'date-time': '2026-01-31T12:00:00Z', date: '2026-01-31', uuid: '6f1f64e7-4b0e-4e6c-9a43-3f1b2c4d5e6f', uri: 'https://example.org/', 'uri-reference': '/',
};

/** A value that fits: the first example, the default, or the plainest. `full` has optional fields, too. */
export function sample(root, raw, full = false, within = []) {
	const at = view(root, raw);
	const { schema, name, kind } = at;
	const known = schema.examples?.[0] ?? schema.default;
	if (known != null) return known;
	const inside = name ? [...within, name] : within;
	const leadsBack = (raw) => inside.includes(view(root, raw?.['x-of'] ?? raw).name);
	const inner = (raw) => sample(root, raw, full, inside);
	if (inside.length > 6 || (at.nullable && (!full || within.includes(name)))) return null;
	if (kind === 'enum') return at.values[0].value;
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

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const typeOf = (value) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);

function matches(pattern, value) {
	try {
		return new RegExp(pattern, 'u').test(value);
	} catch {
		return true; // Rust knows patterns that JavaScript does not.
	}
}

/** Whether a value keeps to a keyword, and what is said if not. */
const RULES = {
	string: {
		minLength: [(value, n) => [...value].length >= n, 'needs … or more characters'],
		maxLength: [(value, n) => [...value].length <= n, 'has more than … characters'],
		pattern: [(value, pattern) => matches(pattern, value), 'must match /…/'],
	},
	number: {
		minimum: [(value, n) => value >= n, 'must be … or more'],
		maximum: [(value, n) => value <= n, 'must be … or less'],
	},
	array: {
		minItems: [(value, n) => value.length >= n, 'needs … or more items'],
		maxItems: [(value, n) => value.length <= n, 'has more than … items'],
	},
};

/** What does not fit, each with its path. */
export function problems(root, raw, value, path = '') {
	const at = view(root, raw);
	const { schema, kind } = at;
	const wrong = (message, path_ = path) => [{ path: path_, message }];
	if (kind === 'any' || (value === null && at.nullable)) return [];
	if (kind === 'never') return wrong('nothing fits here');
	if (kind === 'enum') return at.values.some((known) => same(known.value, value)) ? [] : wrong(`must be ${at.values.map(({ value }) => JSON.stringify(value)).join(' or ')}`);
	if (kind === 'union') {
		const found = at.variants.map((variant) => problems(root, variant, value, path));
		// What is said is said of the variant that fits best.
		return found.reduce((best, next) => (next.length < best.length ? next : best));
	}
	const type = { tuple: 'array', integer: 'number' }[kind] ?? kind;
	if (typeOf(value) !== type) return wrong(`must be of type ${type}`);
	if (kind === 'integer' && !Number.isInteger(value)) return wrong('must be a whole number');
	const out = Object.entries(RULES[type] ?? {}).filter(([key, [keeps]]) => schema[key] != null && !keeps(value, schema[key]))
		.flatMap(([key, [, words]]) => wrong(words.replace('…', () => schema[key])));
	const below = (raw, value, path) => out.push(...problems(root, raw, value, path));
	if (type === 'array') value.slice(0, 200).forEach((item, index) => below(kind === 'tuple' ? at.items[index] ?? true : at.items, item, `${path}[${index}]`));
	if (type !== 'object') return out;
	const child = (key) => (path ? `${path}.${key}` : key);
	for (const key of at.required) if (!(key in value)) out.push(...wrong('is required', child(key)));
	for (const [key, field] of Object.entries(value)) {
		const known = at.fields.find(([name]) => name === key);
		if (known || at.more) below(known?.[1] ?? at.more, field, child(key));
		else if (at.closed) out.push(...wrong('is not known', child(key)));
	}
	return out;
}
