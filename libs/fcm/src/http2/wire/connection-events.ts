/** What a connection tells the session it is of. */
export interface Http2ConnectionEvents {
  /** HTTP/2 can be spoken. */
  onConnected(): void;
  /** A stream has ended, or the peer allows more of them. */
  onRoom(): void;
  /** The peer has answered a PING. */
  onPong(): void;
  /** It takes no new streams from now on. Those under way may end, or are told otherwise after this. */
  onEnding(): void;
  /** The socket is gone. */
  onClosed(): void;
}
