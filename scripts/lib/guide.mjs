import { setTimeout as sleep } from 'node:timers/promises';
import { logFile } from './stack.mjs';
import { tail } from './process.mjs';
import { SetUpError, indent, say, step } from './terminal.mjs';

/** The demo in five steps: real requests to the running apps, and their answers. */

const firstRequestId = 'demo-req-123';
const userId = 'test-user-123';
const expectedText = 'Welcome John!';

export async function runDemo(stack) {
  step('Step 1: health check');
  await show(stack.push, '/api/v1/health');
  step('Step 2: metrics');
  await show(stack.push, '/api/v1/metrics');
  step('Step 3: status of the apps');
  await showApps(stack);
  step('Step 4: logs');
  say('$ tail -n 20 .services/logs/push-service.log');
  say(tail(logFile(stack.push), 20));
  step('Step 5: send a test notification');
  return sendTestNotification(stack);
}

/** Prints a request as a curl command, and its answer. */
async function show(app, path) {
  say(`$ curl http://localhost:${app.port}${path} | jq '.'`);
  const answer = await json(app.url + path);
  say(indent(JSON.stringify(answer.body, null, 2)));
  if (!answer.ok) throw new SetUpError(`${app.name} answered ${answer.status} to ${path}.`);
}

async function showApps(stack) {
  say(`    ${'NAME'.padEnd(14)} ${'PORT'.padEnd(6)} ${'PROCESS'.padEnd(9)} STATE`);
  for (const app of Object.values(stack)) {
    const { ok } = await json(app.url + app.readyPath);
    const line = [app.name.padEnd(14), String(app.port).padEnd(6), String(app.child.pid).padEnd(9)];
    say(`    ${line.join(' ')} ${ok ? 'up, ready' : 'up, not ready'}`);
    if (!ok) throw new SetUpError(`${app.name} is not ready.`);
  }
}

async function sendTestNotification({ gateway, push, emulator }) {
  const body = {
    notification_type: 'push',
    user_id: userId,
    template_code: 'Welcome {{name}}!',
    variables: { name: 'John', link: 'https://example.com' },
    request_id: await newRequestId(gateway),
    priority: 2,
  };
  say(`$ curl -X POST http://localhost:${gateway.port}/api/v1/notifications/ \\`);
  say('    -H "Content-Type: application/json" \\');
  say(`    -d '${JSON.stringify(body, null, 2).replaceAll('\n', '\n    ')}'`);
  const accepted = await json(`${gateway.url}/api/v1/notifications/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  say(indent(JSON.stringify(accepted.body, null, 2)));
  if (accepted.status !== 202) {
    throw new SetUpError(`The gateway answered ${accepted.status} instead of 202.`);
  }
  const id = accepted.body.data.notification_id;

  say(`\n$ curl http://localhost:${gateway.port}/api/v1/notifications/${id} | jq '.'`);
  const status = await until('the gateway shows "delivered"', async () => {
    const answer = await json(`${gateway.url}/api/v1/notifications/${encodeURIComponent(id)}`);
    return { done: answer.body?.data?.status === 'delivered', seen: answer.body };
  });
  say(indent(JSON.stringify(status, null, 2)));

  say(`\n$ curl http://127.0.0.1:${emulator.port}/emulator/devices | jq '.'`);
  const devices = await until(`a device shows "${expectedText}"`, async () => {
    const answer = await json(`${emulator.url}/emulator/devices`);
    return { done: shown(answer.body).length > 0, seen: answer.body };
  });
  say(indent(JSON.stringify(devices, null, 2)));
  say(`\n$ curl -H 'x-api-key: ...' http://localhost:${push.port}${timelinePath(id)} | jq '.'`);
  const timeline = await until('its timeline is there', async () => {
    const answer = await json(push.url + timelinePath(id), {
      headers: { 'x-api-key': push.adminKey },
    });
    return { done: answer.ok, seen: answer.body };
  });
  say(indent(JSON.stringify(timeline, null, 2)));
  return shown(devices).map(
    ({ device, text }) => `Device ${device.token} (${device.platform}) shows: ${text}`,
  );
}

function timelinePath(id) {
  return `/api/v1/admin/notifications/${encodeURIComponent(id)}/timeline`;
}

/** A request_id is delivered once in 24 hours, so a second demo needs a new one. */
async function newRequestId(gateway) {
  const known = await json(`${gateway.url}/api/v1/notifications/${firstRequestId}`);
  if (known.status === 404) return firstRequestId;
  const fresh = `demo-req-${Date.now()}`;
  say(`    ${firstRequestId} was delivered within the last 24 hours and would not be shown again,`);
  say(`    so this request is ${fresh}.`);
  return fresh;
}

/** The devices that show our text, each with the text on its screen. */
function shown(body) {
  const devices = Array.isArray(body) ? body : (body?.data ?? body?.devices ?? []);
  return devices.flatMap((device) =>
    device.screen
      .map(({ title, body: text }) => [title, text].filter(Boolean).join(' / '))
      .filter((text) => text.includes(expectedText))
      .map((text) => ({ device, text })),
  );
}

async function until(what, check) {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const { done, seen } = await check();
    if (done) return seen;
    if (Date.now() > deadline) {
      throw new SetUpError(
        `Not within 30 s: ${what}. The last answer:\n${indent(JSON.stringify(seen, null, 2))}`,
      );
    }
    await sleep(100);
  }
}

async function json(url, options = {}) {
  const answer = await fetch(url, { ...options, signal: AbortSignal.timeout(10_000) });
  const text = await answer.text();
  try {
    return { ok: answer.ok, status: answer.status, body: JSON.parse(text) };
  } catch {
    throw new SetUpError(
      `${url} answered ${answer.status} with a body that is not JSON:\n${indent(text.slice(0, 500))}`,
    );
  }
}
