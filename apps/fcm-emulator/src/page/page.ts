import { createHash } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import { PAGE_SCRIPT } from './page.script';
import { PAGE_STYLE } from './page.style';

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
