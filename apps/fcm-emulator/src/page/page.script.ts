/**
 * The page's behaviour: asks for the devices every second and draws those that changed. Everything that came in a
 * push is set as text, never as markup, and a link or an image only if it is http or https.
 */
export const PAGE_SCRIPT = String.raw`
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
