// JSON Schema as documents of ours use it (draft-07), and as OpenAPI does, brought into one plain form.

export const lastKey = (pointer) => decodeURIComponent(pointer.split('/').at(-1)).replaceAll('~1', '/').replaceAll('~0', '~');

/** Follows references within a document. */
export function follow(root, node) {
	for (let step = 0; node?.$ref && step < 32; step += 1) {
		node = node.$ref.split('/').slice(1).reduce((at, key) => at?.[lastKey(key)], root);
	}
	return node;
}

const STRUCTURE = ['type', 'properties', 'items', 'oneOf', 'anyOf', 'enum', 'const', 'additionalProperties'];

/** One schema of all: what an outer one says of a field goes before what its type says of itself. */
function merged(root, schema, seen = []) {
	if (typeof schema !== 'object' || !schema) return { schema: schema === false ? { not: {} } : {} };
	if (schema.$ref) {
		const { $ref, ...notes } = schema;
		if (seen.includes($ref)) return { schema: {} };
		const inner = merged(root, follow(root, { $ref }), [...seen, $ref]);
		return { schema: { ...inner.schema, ...notes }, name: lastKey($ref) };
	}
	if (!schema.allOf) return { schema };
	const { allOf, ...outer } = schema;
	const parts = allOf.map((part) => merged(root, part, seen));
	const whole = {};
	for (const part of [...parts.map((part) => part.schema), outer]) {
		const { properties, required = [] } = whole;
		Object.assign(whole, part);
		if (properties) whole.properties = { ...properties, ...part.properties };
		whole.required = [...new Set([...required, ...(part.required ?? [])])];
	}
	const named = parts.length === 1 && !STRUCTURE.some((key) => key in outer);
	return { schema: whole, name: named ? parts[0].name : undefined };
}

/** What a schema says, one level deep. `kind` is `any`, `never`, `enum`, `union`, `object`, `array`, `tuple`, or a scalar's type. */
export function view(root, raw) {
	const { schema, name } = merged(root, raw);
	const made = { name, schema, nullable: schema.nullable === true, description: schema.description, deprecated: schema.deprecated === true };
	const not = (isNull) => (item) => { const found = isNull(item); made.nullable ||= found; return !found; };
	let types = [schema.type ?? []].flat();
	if (types.length > 1) types = types.filter(not((type) => type === 'null'));
	let values = valuesOf(root, schema);
	if (values?.length > 1) values = values.filter(not(({ value }) => value === null));
	if (values) return { ...made, kind: 'enum', values };
	const { oneOf, anyOf, ...rest } = schema;
	if (oneOf ?? anyOf) {
		const variants = (oneOf ?? anyOf).filter(not((variant) => follow(root, variant)?.type === 'null'));
		if (variants.length === 1) {
			const only = view(root, { ...rest, allOf: variants });
			return { ...only, name: name ?? only.name, nullable: made.nullable || only.nullable };
		}
		// What all have in common stands in each.
		const whole = (variant) => ({ allOf: [rest, variant], title: variant.title, 'x-of': variant });
		return { ...made, kind: 'union', variants: rest.properties ? variants.map(whole) : variants };
	}
	if (schema.not) return { ...made, kind: 'never' };
	if (types.length > 1) return { ...made, kind: 'union', variants: types.map((type) => ({ ...schema, description: undefined, type })) };
	const kind = types[0] ?? (schema.properties || schema.additionalProperties ? 'object' : schema.items ? 'array' : 'any');
	if (kind === 'array') {
		const tuple = schema.prefixItems ?? (Array.isArray(schema.items) && schema.items);
		return tuple ? { ...made, kind: 'tuple', items: tuple } : { ...made, kind, items: schema.items ?? true };
	}
	if (kind !== 'object') return { ...made, kind };
	const more = schema.additionalProperties;
	const required = new Set(schema.required);
	// The tag first, then what must be there.
	const rank = ([key, field]) => (field?.const !== undefined ? 0 : required.has(key) ? 1 : 2);
	const fields = Object.entries(schema.properties ?? {}).sort((a, b) => rank(a) - rank(b));
	return { ...made, kind, fields, required, closed: more === false, more: more && (more !== true || !fields.length) ? more : null };
}

/** The values of an enum, where it is one, with what is said of each. */
function valuesOf(root, { const: only, enum: all, oneOf, anyOf, 'x-enum-descriptions': said = {} }) {
	if (only !== undefined) return [{ value: only }];
	if (all) return all.map((value) => ({ value, description: said[value] }));
	const branches = (oneOf ?? anyOf)?.map((branch) => follow(root, branch) ?? {});
	if (!branches?.every((branch) => 'const' in branch || branch.enum || branch.type === 'null')) return null;
	return branches.flatMap((branch) => (branch.enum ?? [branch.const ?? null]).map((value) => ({ value, description: branch.description })));
}

/** What a variant is called: its type, its title, its tag, or the field that only it has. */
export function variantName(root, variant) {
	const at = view(root, variant['x-of'] ?? variant);
	if (at.name ?? variant.title) return at.name ?? variant.title;
	if (at.kind !== 'object') return short(root, variant);
	const tag = at.fields.find(([, field]) => field?.const !== undefined);
	return tag ? String(tag[1].const) : at.fields.map(([name]) => name).join(', ') || 'object';
}

/** A type in a few words. */
export function short(root, raw, depth = 0) {
	const at = view(root, raw);
	const { kind, name, items, nullable } = at;
	const inner = (raw) => (depth > 4 ? '…' : short(root, raw, depth + 1));
	const made = name && ['object', 'union'].includes(kind) ? name
		: kind === 'enum' ? at.values.map(({ value }) => JSON.stringify(value)).join(' | ')
			: kind === 'union' ? at.variants.map(inner).join(' | ')
				: kind === 'array' ? `${inner(items)}[]`
					: kind === 'tuple' ? `[${items.map(inner).join(', ')}]` : kind;
	return nullable ? `${made} | null` : made;
}

/** Bounds and formats, in words. */
export function constraints({ kind, schema }) {
	const out = [schema.format];
	const range = (low, high, unit) => {
		if (low == null && high == null) return;
		const text = low === high ? `${low}` : low == null ? `≤ ${high}` : high == null ? `≥ ${low}` : `${low}–${high}`;
		out.push(unit ? `${text} ${unit}${(high ?? low) === 1 ? '' : 's'}` : text);
	};
	range(schema.minLength, schema.maxLength, 'character');
	range(schema.minimum, schema.maximum);
	if (kind !== 'tuple') range(schema.minItems, schema.maxItems, 'item');
	const said = { exclusiveMinimum: '>', exclusiveMaximum: '<', multipleOf: 'multiple of' };
	for (const key in said) if (typeof schema[key] === 'number') out.push(`${said[key]} ${schema[key]}`);
	if (schema.uniqueItems) out.push('no item twice');
	if (schema.pattern) out.push(`/${schema.pattern}/`);
	if (schema.default != null) out.push(`default ${JSON.stringify(schema.default)}`);
	if (kind === 'object' && schema.additionalProperties === false) out.push('no other fields');
	return out.filter(Boolean);
}
