// Holds report.json and every card of a report against their schemas: ours, shipped beside it, and those of the Dutch government, which are
// not part of this repository (SCHEMAS names their folder; without it they are left out, and that is said).
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const require = createRequire(join(resolve(process.env.NODE_MODULES), 'here.js'));
const Ajv = require('ajv/dist/2020').default;
const addFormats = require('ajv-formats').default;
const folder = resolve(process.argv[2]);
const schemas = resolve(process.env.SCHEMAS);
const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
let faults = 0;

function check(file, validate) {
    const valid = validate(read(join(folder, file)));
    console.log(`${file}: ${valid ? 'valid' : 'NOT VALID'}`);
    for (const error of (validate.errors ?? []).slice(0, 10)) console.log(`    ${error.instancePath}: ${error.message} ${JSON.stringify(error.params)}`);
    if (!valid) faults += 1;
}

// Strict: a keyword that ajv does not know is a fault of our schema.
const ours = addFormats(new Ajv({ strict: true, allErrors: true, strictTuple: false, allowUnionTypes: true }));
check('report.json', ours.compile(read(join(folder, 'report.schema.json'))));

// The three schemas of the Algorithm Reporting Standard bear the same $id, and name each other by file.
const cards = { 'model-card.json': 'modelcard_schema.json', 'annex-iv.json': 'assessmentcard_schema.json', 'rekenkamer.json': 'assessmentcard_schema.json', 'system-card.json': 'systemcard_schema.json' };
const theirs = addFormats(new Ajv({ strict: false, allErrors: true }));
const absent = (file) => console.log(`${file}: not checked, ${schemas} does not hold its schema`);
for (const name of ['modelcard_schema.json', 'assessmentcard_schema.json', 'systemcard_schema.json']) {
    if (existsSync(join(schemas, name))) theirs.addSchema({ ...read(join(schemas, name)), $id: name });
}
for (const [file, name] of Object.entries(cards)) {
    if (theirs.getSchema(name)) check(file, theirs.getSchema(name)); else absent(file);
}
const iama = join(schemas, 'assessment-output.v2.schema.json');
if (existsSync(iama)) {
    check('iama.json', theirs.compile(read(iama)));
    identified('iama.json', 'iama-2.0.yaml', Object.keys(read(join(folder, 'iama.json')).answers), (key) => new RegExp(`id: ["']?${key.replaceAll('.', '\\.')}["']?\\s`));
    identified('annex-iv.json', 'annex-iv-questions.yaml', read(join(folder, 'annex-iv.json')).contents.map((one) => one.urn), (key) => new RegExp(`urn: "${key.replaceAll('.', '\\.')}"`));
} else absent('iama.json');

// Each question that a card answers is one of the framework's, and Annex IV is answered in full.
function identified(file, questions, keys, pattern) {
    const text = readFileSync(join(schemas, questions), 'utf8');
    const unknown = keys.filter((key) => !pattern(key).test(text));
    if (unknown.length > 0) { faults += 1; console.log(`${file}: ${questions} does not know ${unknown.join(', ')}`); }
    if (file === 'annex-iv.json') {
        const open = [...text.matchAll(/^    urn: "([^"]+)"/gm)].map((found) => found[1]).filter((urn) => !keys.includes(urn));
        if (open.length > 0) { faults += 1; console.log(`${file}: no answer to ${open.join(', ')}`); }
    }
    console.log(`${file}: ${keys.length} questions, all in ${questions}`);
}

// The algorithm register has its own form of schema: a list of fields with limits and choices.
const register = join(schemas, 'algoritmeregister-v1_0.json');
if (existsSync(register)) {
    const fields = read(register).properties;
    const record = read(join(folder, 'algorithm-register.json'));
    const wrong = [];
    for (const [name, value] of Object.entries(record)) {
        const field = fields[name];
        if (!field) { wrong.push(`${name} is no field`); continue; }
        if (typeof value === 'string' && field.max_length && [...value].length > field.max_length) wrong.push(`${name} is too long`);
        if (field.type === 'array' && value !== null && !Array.isArray(value)) wrong.push(`${name} is no list`);
        const chosen = Array.isArray(value) ? value : typeof value === 'string' ? [value] : [];
        if (field.permitted_values) chosen.filter((one) => !field.permitted_values.includes(one)).forEach((one) => wrong.push(`${name}: ${one} is no choice`));
    }
    for (const [name, field] of Object.entries(fields)) if (field.required === true && !record[name]) wrong.push(`${name} is missing`);
    wrong.forEach((one) => console.log(`    ${one}`));
    faults += wrong.length;
    console.log(`algorithm-register.json: ${wrong.length === 0 ? 'keeps the standard' : 'DOES NOT KEEP THE STANDARD'}`);
} else absent('algorithm-register.json');
process.exitCode = faults === 0 ? 0 : 1;
