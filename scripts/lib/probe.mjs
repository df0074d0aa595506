import { connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';

/**
 * Whether a server speaks its protocol and accepts our credentials. Written without packages, because it runs before any
 * are installed. States: `ok`, `down` (nothing listens), `silent` (accepts connections and does not answer), `foreign`
 * (something else listens), `denied` (refuses the credentials), `starting`.
 */
export async function probeRabbitmq(url) {
  const { username, password } = new URL(url);
  const plain = `\0${decodeURIComponent(username || 'guest')}\0${decodeURIComponent(password || 'guest')}`;
  return converse(url, 5672, Buffer.from('AMQP\0\0\x09\x01', 'latin1'), (data, reply) => {
    if (data.length < 11) return undefined;
    if (data[0] !== 1) return { state: 'foreign' };
    const method = `${data.readUInt16BE(7)}.${data.readUInt16BE(9)}`;
    if (method === '10.10') return reply(startOk(plain));
    if (method === '10.30') return { state: 'ok' };
    return { state: 'denied' };
  });
}

export async function probeRedis(url) {
  const { protocol, username, password } = new URL(url);
  if (protocol.endsWith('-sentinel:')) return probeSentinel(url);
  const hello = auth(username, password) + command('PING');
  return converse(url, 6379, Buffer.from(hello), (data) => {
    const text = data.toString('latin1');
    return text.includes('+PONG\r\n') ? { state: 'ok' } : redisRefusal(text);
  });
}

/** A sentinel is `ok` when the primary that it names answers, and `unknown` when it monitors none of that name. */
async function probeSentinel(url) {
  const { protocol, username, password, pathname } = new URL(url);
  const { REDIS_SENTINEL_USERNAME = '', REDIS_SENTINEL_PASSWORD = '' } = process.env;
  const master = decodeURIComponent(pathname.split('/')[1] ?? '');
  const question = command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master);
  const hello = auth(REDIS_SENTINEL_USERNAME, REDIS_SENTINEL_PASSWORD) + question;
  const answer = await converse(url, 26379, Buffer.from(hello), (data) => {
    const text = data.toString('latin1');
    if (text.includes('*-1\r\n')) return { state: 'unknown' };
    const found = /\*2\r\n\$\d+\r\n(.*)\r\n\$\d+\r\n(\d+)\r\n/.exec(text);
    return found ? { state: 'ok', host: found[1], port: found[2] } : redisRefusal(text);
  });
  if (answer.state !== 'ok') return answer;
  const host = answer.host.includes(':') ? `[${answer.host}]` : answer.host;
  const user = password ? `${username}:${password}@` : '';
  return probeRedis(`${protocol.replace('-sentinel', '')}//${user}${host}:${answer.port}`);
}

/** AUTH in Redis's protocol, from the parts of a URL; nothing without a password. */
function auth(username, password) {
  const words = [username, password].filter(Boolean).map(decodeURIComponent);
  return password ? command('AUTH', ...words) : '';
}

/** The state that an answer other than PONG means; undefined while the answer may be incomplete. */
function redisRefusal(text) {
  if (text.includes('-NOAUTH') || text.includes('-WRONGPASS') || text.includes('-NOPERM'))
    return { state: 'denied' };
  if (text.includes('-LOADING') || text.includes('-MASTERDOWN')) return { state: 'starting' };
  return /^[+*-]/.test(text) ? undefined : { state: 'foreign' };
}

/** connection.start-ok (class 10, method 11) with PLAIN credentials, as one AMQP method frame. */
function startOk(plain) {
  const short = (text) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
  const long = (text) => {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  // Without it RabbitMQ answers wrong credentials by closing the connection after three seconds.
  const capabilities = Buffer.concat([short('authentication_failure_close'), Buffer.from('t\x01')]);
  const payload = Buffer.concat([
    Buffer.from([0, 10, 0, 11]),
    long(Buffer.concat([short('capabilities'), Buffer.from('F'), long(capabilities)])),
    short('PLAIN'),
    long(plain),
    short('en_US'),
  ]);
  const header = Buffer.alloc(7);
  header[0] = 1;
  header.writeUInt32BE(payload.length, 3);
  return Buffer.concat([header, payload, Buffer.from([0xce])]);
}

function command(...words) {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

/** Sends `hello` and reads answers until `classify` returns a state, for three seconds at most. */
function converse(url, usualPort, hello, classify) {
  const { protocol, hostname, port } = new URL(url);
  const target = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || usualPort };
  const secure = ['amqps:', 'rediss:', 'rediss-sentinel:'].includes(protocol);
  return new Promise((resolve) => {
    let connected = false;
    let authenticating = false;
    const lost = () => end({ state: authenticating ? 'denied' : connected ? 'foreign' : 'down' });
    const silent = () => {
      const state = data.length > 0 ? 'foreign' : connected ? 'silent' : 'down';
      end({ state: authenticating ? 'starting' : state });
    };
    const socket = secure
      ? connectTls({
          ...target,
          servername: isIP(target.host) ? '' : target.host,
          rejectUnauthorized: false,
        })
      : connect(target);
    const end = (state) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(state);
    };
    const timer = setTimeout(silent, 3000);
    socket.on(secure ? 'secureConnect' : 'connect', () => {
      connected = true;
      socket.write(hello);
    });
    let data = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      data = Buffer.concat([data, chunk]);
      const state = classify(data, (answer) => {
        data = Buffer.alloc(0);
        authenticating = true;
        socket.write(answer);
      });
      if (state) end(state);
    });
    socket.on('error', lost);
    socket.on('close', lost);
  });
}
