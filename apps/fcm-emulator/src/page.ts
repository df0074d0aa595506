import { createHash } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';

/** The page's looks. */
const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #eef0f4; --text: #14171f; --faint: #646b7a; --line: #d6dae3; --card: #ffffff; --accent: #b4530a;
  --frame: #14171f; --wall-a: #fde3c8; --wall-b: #dfe6fb; --note: rgb(255 255 255 / .92); --note-text: #14171f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f1218; --text: #eceef3; --faint: #949cab; --line: #2a303c; --card: #181c25; --accent: #f5a25d;
    --frame: #05070b; --wall-a: #3a2a1f; --wall-b: #1e2740; --note: rgb(38 43 55 / .94); --note-text: #eceef3;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 28px clamp(16px, 4vw, 48px) 48px; background: var(--ground); color: var(--text);
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
header { display: flex; flex-wrap: wrap; gap: 16px 40px; align-items: end; justify-content: space-between; margin-bottom: 28px; }
h1 { margin: 0; font-size: 26px; letter-spacing: -.02em; }
header p { margin: 2px 0 0; color: var(--faint); }
dl { display: flex; flex-wrap: wrap; gap: 8px; margin: 0; }
dl div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 6px 14px; min-width: 88px; }
dt { color: var(--faint); font-size: 12px; }
dd { margin: 0; font-size: 18px; font-weight: 600; font-variant-numeric: tabular-nums; }
#problem { background: var(--accent); color: #fff; padding: 10px 14px; border-radius: 10px; }
#empty { color: var(--faint); padding: 64px 0; text-align: center; }
[hidden] { display: none; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(290px, 1fr)); gap: 28px; }
figure { margin: 0; max-width: 340px; }
.phone { background: var(--frame); border-radius: 40px; padding: 10px; box-shadow: 0 16px 36px rgb(0 0 0 / .18); }
.glass {
  position: relative; height: 500px; overflow-y: auto; border-radius: 31px; padding: 16px 11px 20px;
  background: linear-gradient(165deg, var(--wall-a), var(--wall-b)); scrollbar-width: none;
}
.bar { display: flex; justify-content: space-between; padding: 0 12px; font-size: 12px; font-weight: 600; }
.bar::before {
  content: ""; position: absolute; top: 12px; left: 50%; width: 70px; height: 19px; margin-left: -35px;
  background: var(--frame); border-radius: 12px;
}
.clock { margin: 30px 0 20px; text-align: center; font-size: 50px; font-weight: 300; line-height: 1; letter-spacing: -.03em; }
.note {
  background: var(--note); color: var(--note-text); border-radius: 16px; padding: 11px 13px; margin-bottom: 8px;
  box-shadow: 0 1px 3px rgb(0 0 0 / .12); overflow-wrap: anywhere; animation: drop .35s ease-out;
}
.note .app { display: flex; gap: 6px; align-items: center; color: var(--faint); font-size: 11px; margin-bottom: 3px; }
.note .app::before { content: ""; width: 13px; height: 13px; border-radius: 4px; background: var(--accent); }
.note time { margin-left: auto; }
.note strong { display: block; font-size: 14px; }
.note span { display: block; white-space: pre-wrap; font-size: 13.5px; }
.note img { display: block; width: 100%; max-height: 130px; object-fit: cover; border-radius: 10px; margin-top: 8px; }
.note a { display: inline-block; margin-top: 5px; color: var(--accent); font-size: 12.5px; }
.quiet { text-align: center; color: var(--faint); font-size: 13px; margin-top: 40px; }
figcaption { padding: 12px 10px 0; }
figcaption code { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: 13px; font-weight: 600; }
figcaption small { color: var(--faint); }
code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
@keyframes drop { from { opacity: 0; transform: translateY(-12px); } }
@media (prefers-reduced-motion: reduce) { .note { animation: none; } }
`;

/**
 * The page's behaviour: asks for the devices every second and draws those that changed. Everything that came in a
 * push is set as text, never as markup, and a link or an image only if it is http or https.
 */
const PAGE_SCRIPT = String.raw`
'use strict';
const PHONES = 24, NOTES = 30, EVERY_MS = 1000;
const PLATFORMS = { android: 'Android', ios: 'iOS', web: 'Web' };
const byId = (id) => document.getElementById(id);
const drawn = new Map();

function element(name, text, className) {
  const node = document.createElement(name);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
}

function webAddress(value) {
  try {
    const url = new URL(value);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null;
  } catch {
    return null;
  }
}

const timeOf = (date) => date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });

function drawNote(shown) {
  const note = element('article', undefined, 'note');
  const app = element('div', undefined, 'app');
  const time = element('time', timeOf(new Date(shown.received_at)));
  time.dateTime = shown.received_at;
  app.append(element('b', 'Push'), time);
  note.append(app);
  if (shown.title) note.append(element('strong', shown.title));
  if (shown.body) note.append(element('span', shown.body));
  const source = webAddress(shown.image);
  if (source) {
    const image = element('img');
    image.alt = '';
    image.src = source;
    image.onerror = () => image.remove();
    note.append(image);
  }
  const target = webAddress(shown.link);
  if (target) {
    const link = element('a', target);
    link.href = target;
    link.target = '_blank';
    link.rel = 'noopener noreferrer';
    note.append(link);
  } else if (shown.link) note.append(element('span', shown.link));
  return note;
}

function drawDevice(device) {
  let entry = drawn.get(device.token);
  if (!entry) {
    const figure = element('figure');
    const phone = element('div', undefined, 'phone');
    const glass = element('div', undefined, 'glass');
    const caption = element('figcaption');
    phone.append(glass);
    figure.append(phone, caption);
    entry = { figure, glass, caption, notes: new Map(), now: '' };
    drawn.set(device.token, entry);
  }
  const now = JSON.stringify(device);
  if (entry.now === now) return entry.figure;
  entry.now = now;
  const token = element('code', device.token);
  token.title = device.token;
  const facts = PLATFORMS[device.platform] + ' · ' + device.accepted + ' received';
  entry.caption.replaceChildren(token, element('small', facts));
  const latest = device.screen[0] ? new Date(device.screen[0].received_at) : new Date();
  const bar = element('div', undefined, 'bar');
  bar.append(element('span', PLATFORMS[device.platform]), element('span', '100 %'));
  const notes = new Map(device.screen.map((shown) => [shown.message_id, entry.notes.get(shown.message_id) || drawNote(shown)]));
  entry.notes = notes;
  const tray = notes.size ? [...notes.values()] : [element('p', 'No notifications', 'quiet')];
  const keep = new Set(tray);
  const top = [bar, element('div', timeOf(latest), 'clock')];
  for (const node of [...entry.glass.children]) if (!keep.has(node)) node.remove();
  entry.glass.prepend(...top);
  let before = top[1];
  for (const node of tray) {
    if (before.nextSibling !== node) before.after(node);
    before = node;
  }
  return entry.figure;
}

function drawStats(stats) {
  const facts = {
    Accepted: stats.accepted, Refused: stats.refused, Validated: stats.validated,
    Requests: stats.requests, 'Per second': stats.requests_per_second, Sessions: stats.sessions,
  };
  byId('stats').replaceChildren(...Object.entries(facts).map(([name, value]) => {
    const fact = element('div');
    fact.append(element('dt', name), element('dd', value.toLocaleString()));
    return fact;
  }));
}

async function get(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error('HTTP ' + response.status);
  return response.json();
}

async function refresh() {
  try {
    const devicesPath = '/emulator/devices?limit=' + PHONES + '&screen_limit=' + NOTES;
    const [devices, stats] = await Promise.all([get(devicesPath), get('/emulator/stats')]);
    drawStats(stats);
    // By name, so that a phone keeps its place while others receive.
    devices.sort((a, b) => (a.token < b.token ? -1 : 1));
    const figures = devices.map(drawDevice);
    const tokens = new Set(devices.map((device) => device.token));
    for (const token of [...drawn.keys()]) if (!tokens.has(token)) drawn.delete(token);
    const shown = byId('devices').children;
    if (figures.length !== shown.length || figures.some((figure, i) => figure !== shown[i])) byId('devices').replaceChildren(...figures);
    byId('empty').hidden = figures.length > 0;
    byId('problem').hidden = true;
  } catch (error) {
    byId('problem').textContent = 'The emulator does not answer (' + error.message + '). Trying again.';
    byId('problem').hidden = false;
  }
  setTimeout(refresh, EVERY_MS);
}

void refresh();
`;

const hash = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** What the page may do: run its own script, ask its own server, show images that notifications name. Nothing else. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `script-src ${hash(PAGE_SCRIPT)}`,
  `style-src ${hash(PAGE_STYLE)}`,
  "connect-src 'self'",
  'img-src https: http: data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

export const PAGE_HEADERS: OutgoingHttpHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

/** The page a person watches: every device as a phone, with what its screen shows. */
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>FCM emulator</title>
<link rel="icon" href="data:,">
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
  <div>
    <h1>FCM emulator</h1>
    <p>What the screens of the devices that received last show.</p>
  </div>
  <dl id="stats"></dl>
</header>
<p id="problem" role="alert" hidden></p>
<main id="devices" aria-live="polite"></main>
<p id="empty" hidden>No device has received a push yet. Send one to <code>POST /v1/projects/{project}/messages:send</code>.</p>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
