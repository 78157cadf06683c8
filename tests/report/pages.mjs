// Opens every page of a report in Chromium: axe-core must find nothing, no table may be wider than its place (on a telephone, on a desk, on
// paper), and no picture may be empty.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const modules = resolve(process.env.NODE_MODULES);
const require = createRequire(join(modules, 'here.js'));
const puppeteer = require('puppeteer-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
// A4 less the margins of the style sheet, at 96 dots per inch.
const paper = Math.round((210 - 2 * 14) / 25.4 * 96);

const folder = resolve(process.argv[2]);
const pages = readdirSync(folder).filter((name) => name.endsWith('.html')).sort();
const browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
});
let faults = 0;
const fault = (text) => { faults += 1; console.log(`FAULT ${text}`); };

for (const name of pages) {
    const page = await browser.newPage();
    await page.setBypassCSP(true);
    page.on('pageerror', (error) => fault(`${name}: ${error.message}`));
    page.on('requestfailed', (request) => fault(`${name}: asks for ${request.url()}`));
    for (const width of [1200, 360]) {
        await page.setViewport({ width, height: 900 });
        await page.goto(pathToFileURL(join(folder, name)).href);
        // What is folded must be sound too.
        await page.evaluate(() => document.querySelectorAll('details').forEach((part) => { part.open = true; }));
        await page.evaluate(axe);
        const found = await page.evaluate((values) => globalThis.axe.run(document, { runOnly: { type: 'tag', values } }), rules);
        for (const violation of found.violations) {
            fault(`${name} at ${width}: ${violation.id} (${violation.impact}): ${violation.help}`);
            violation.nodes.slice(0, 3).forEach((node) => console.log(`    ${node.html.slice(0, 160)}`));
        }
        for (const open of found.incomplete) {
            // Text over an SVG mark has no background that axe can compute; the style sheet's colours are checked elsewhere on the page.
            if (open.id !== 'color-contrast') fault(`${name} at ${width}: cannot tell about ${open.id}: ${open.help}`);
        }
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        if (wide > 1) fault(`${name} at ${width}: the page scrolls sideways by ${wide} px`);
        if (width === 1200) console.log(`${name}: ${found.passes.length} rules of axe-core ${found.testEngine.version} hold`);
    }
    await page.emulateMediaType('print');
    await page.setViewport({ width: paper, height: 1000 });
    await page.evaluate(() => document.querySelectorAll('details').forEach((part) => { part.open = false; }));
    const printed = await page.evaluate(() => {
        const text = (element) => element.textContent.trim().slice(0, 60);
        const clipped = [...document.querySelectorAll('.table')].filter((table) => table.scrollWidth > table.clientWidth + 1);
        const empty = [...document.querySelectorAll('svg')].filter((svg) => !svg.querySelector('circle,rect,polyline,path,.muted'));
        const hidden = [...document.querySelectorAll('details table')].filter((table) => table.getBoundingClientRect().height === 0);
        return { clipped: clipped.map(text), empty: empty.map(text), hidden: hidden.map(text) };
    });
    for (const [what, names] of Object.entries(printed)) names.forEach((one) => fault(`${name} on paper: ${what}: ${one}`));
    await page.close();
}
await browser.close();
console.log(faults === 0 ? `${pages.length} pages: nothing found` : `${faults} faults`);
process.exitCode = faults === 0 ? 0 : 1;
