// Puts the page together.

import { Console } from './console.js';
import { fill, find, h } from './dom.js';
import { endpoints } from './http.js';
import { model } from './model.js';
import { navigation } from './nav.js';
import { channelSection, header } from './page.js';

const { documentElement: html, body } = document;
const { depth, openapi, yaml } = html.dataset;
const content = find('#content');
const togglers = document.querySelectorAll('.toggle-console');
const wide = matchMedia('(min-width: 1200px)');
// What stands before every path of this server.
const prefix = new URL(import.meta.url).pathname.split('/').slice(0, -1 - depth).join('/');
const keep = (key, value) => { try { localStorage[key] = value; } catch { /* Then it is forgotten. */ } };
const kept = (key) => { try { return localStorage[key]; } catch { return null; } };

function showConsole(open) {
	body.classList.toggle('console-open', open);
	for (const button of togglers) button.ariaExpanded = String(open);
}

showConsole(wide.matches && kept('docs-console') !== 'closed');
for (const button of togglers) {
	button.addEventListener('click', () => {
		const open = !body.classList.contains('console-open');
		showConsole(open);
		if (wide.matches) keep('docs-console', open ? 'open' : 'closed');
	});
}
find('#toggle-nav').addEventListener('click', () => body.classList.toggle('nav-open'));
find('#toggle-theme').addEventListener('click', () => {
	const dark = html.dataset.theme ? html.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
	keep('docs-theme', html.dataset.theme = dark ? 'light' : 'dark');
});
addEventListener('keydown', ({ key }) => {
	if (key !== 'Escape') return;
	body.classList.remove('nav-open');
	if (!wide.matches) showConsole(false);
});
addEventListener('beforeprint', () => content.querySelectorAll('details').forEach((details) => { details.open = true; }));

try {
	const answer = await fetch(new URL('asyncapi.json', import.meta.url));
	if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
	const all = model(await answer.json());
	const { root, info, channels } = all;
	document.title = find('#brand').textContent = info.title;
	const talk = new Console(all, prefix);
	const tools = {
		use: (...what) => {
			showConsole(true);
			talk.compose(...what);
			talk.operations.focus();
		},
	};
	fill(find('#console-body'), talk.element);
	fill(content, header(all, ['asyncapi.json', yaml].filter(Boolean)), channels.map((channel) => channelSection(root, channel, tools)));
	const arrive = navigation(all, openapi && 'HTTP endpoints');
	if (openapi) {
		content.append(await endpoints(location.origin + prefix + openapi));
		if (location.hash.startsWith('#http')) arrive();
	}
	html.dataset.ready = '';
} catch (error) {
	fill(content, h('p', `The document could not be shown: ${error.message}`));
	throw error;
}
