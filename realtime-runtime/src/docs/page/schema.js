// JSON Schema (draft-07, and OpenAPI's) in one plain form.

export const lastKey = (pointer) => decodeURIComponent(pointer.split('/').at(-1)).replaceAll('~1', '/').replaceAll('~0', '~');

export function follow(root, node) {
	for (let step = 0; node?.$ref && step < 32; step += 1) {
		node = node.$ref.split('/').slice(1).reduce((at, key) => at?.[lastKey(key)], root);
	}
	return node;
}

export function matches(pattern, value) {
	try {
		return new RegExp(pattern, 'u').test(value);
	} catch {
		return true; // Rust knows patterns that JavaScript does not.
	}
}

/** Keywords of the least and the most, and what they count. */
export const BOUNDS = { string: ['minLength', 'maxLength', ' character'], number: ['minimum', 'maximum', ''], array: ['minItems', 'maxItems', ' item'] };

/** One schema of all: what an outer one says goes first. */
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
	const named = parts.length === 1 && !(outer.properties ?? outer.oneOf ?? outer.anyOf ?? outer.enum);
	return { schema: whole, name: named ? parts[0].name : undefined };
}

/** What a schema says, one level deep. `kind` is `any`, `never`, `enum`, `union`, `tuple`, or a type. */
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
	const patterns = Object.entries(schema.patternProperties ?? {});
	const more = patterns[0]?.[1] ?? schema.additionalProperties;
	/** The schema of an entry that is no field. */
	const other = (key) => patterns.find(([pattern]) => matches(pattern, key))?.[1] ?? schema.additionalProperties;
	const required = new Set(schema.required);
	// The tag first, then what must be there.
	const rank = ([key, field]) => (field?.const !== undefined ? 0 : required.has(key) ? 1 : 2);
	const fields = Object.entries(schema.properties ?? {}).sort((a, b) => rank(a) - rank(b));
	return { ...made, kind, fields, required, other, more: more && (more !== true || !fields.length) ? more : null };
}

/** The values of an enum, where it is one, with what is said of each. */
function valuesOf(root, { const: only, enum: all, oneOf, anyOf, 'x-enum-descriptions': said = {} }) {
	if (only !== undefined) return [{ value: only }];
	if (all) return all.map((value) => ({ value, description: said[value] }));
	const branches = (oneOf ?? anyOf)?.map((branch) => follow(root, branch) ?? {});
	if (!branches?.every((branch) => 'const' in branch || branch.enum || branch.type === 'null')) return null;
	return branches.flatMap((branch) => (branch.enum ?? [branch.const ?? null]).map((value) => ({ value, description: branch.description })));
}

/** What a variant is called: its type, title, tag, or fields. */
export function variantName(root, variant) {
	const at = view(root, variant['x-of'] ?? variant);
	if (at.name ?? variant.title) return at.name ?? variant.title;
	if (at.kind !== 'object') return short(root, variant);
	const tag = at.fields.find(([, field]) => field?.const !== undefined);
	return tag ? String(tag[1].const) : at.fields.map(([name]) => name).join(', ') || 'object';
}

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

export function constraints({ kind, schema }) {
	const out = [schema.format];
	for (const [least, most, unit] of Object.values(BOUNDS)) {
		const { [least]: low, [most]: high } = schema;
		if (kind === 'tuple' || (low ?? high) == null) continue;
		const text = low === high ? low : low == null ? `≤ ${high}` : high == null ? `≥ ${low}` : `${low}–${high}`;
		out.push(`${text}${unit}${unit && (high ?? low) !== 1 ? 's' : ''}`);
	}
	const said = { exclusiveMinimum: '>', exclusiveMaximum: '<', multipleOf: 'multiple of' };
	for (const key in said) if (typeof schema[key] === 'number') out.push(`${said[key]} ${schema[key]}`);
	if (schema.uniqueItems) out.push('no item twice');
	if (schema.pattern) out.push(`/${schema.pattern}/`);
	if (schema.default != null) out.push(`default ${JSON.stringify(schema.default)}`);
	if (schema.patternProperties) out.push(`keys like /${Object.keys(schema.patternProperties).join('/, /')}/`);
	else if (kind === 'object' && schema.additionalProperties === false) out.push('no other fields');
	return out.filter(Boolean);
}
