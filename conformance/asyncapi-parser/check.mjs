// Asks the official parser about AsyncAPI documents: node check.mjs FILE...
//
// Every diagnostic is a line. Exit status: 0 no errors, 1 errors, 2 wrong usage or a file that cannot be read.

import { readFileSync } from 'node:fs';
import { Parser } from '@asyncapi/parser';

const SEVERITIES = ['error', 'warning', 'information', 'hint'];

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('usage: node check.mjs FILE...');
  process.exit(2);
}

const parser = new Parser();
let errors = 0;
for (const file of files) {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    console.error(`${file}: ${error.message}`);
    process.exit(2);
  }
  const { document, diagnostics } = await parser.parse(text, { source: file });
  for (const { severity, path, code, message } of diagnostics) {
    const pointer = path.map((key) => `/${key}`).join('');
    console.log(`${SEVERITIES[severity]} ${file}#${pointer}: ${message} (${code})`);
  }
  const failures = diagnostics.filter(({ severity }) => severity === 0).length;
  // A document that could not be parsed is an error, whatever the diagnostics say.
  errors += failures === 0 && document === undefined ? 1 : failures;
}
console.log(`${files.length} documents, ${errors} errors`);
process.exit(errors === 0 ? 0 : 1);
