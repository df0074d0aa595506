import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/**
 * Calls back once a socket is connected. With TLS the peer has to have chosen HTTP/2, of what it was offered by ALPN
 * (https://www.rfc-editor.org/rfc/rfc9113#section-3.2); without, it is taken for granted.
 */
export function onceConnected(socket: Socket, then: (refusal?: Error) => void): void {
  if (!(socket instanceof TLSSocket)) {
    socket.once('connect', () => then());
    return;
  }
  socket.once('secureConnect', () => {
    const { alpnProtocol } = socket;
    if (alpnProtocol === 'h2') then();
    else
      then(
        new Error(`The peer does not speak HTTP/2: by ALPN it chose ${alpnProtocol || 'nothing'}`),
      );
  });
}
