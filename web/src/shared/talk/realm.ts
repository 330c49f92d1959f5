/** Where a connection is made: in the page, or in a frame of its own, which knows the network of this moment. */

export interface Realm {
  readonly connect: (configuration: RTCConfiguration) => RTCPeerConnection;
  readonly close: () => void;
}

export const PAGE: Realm = {
  connect: (configuration) => new RTCPeerConnection(configuration),
  close: () => undefined,
};

/**
 * A realm that has just asked the system for its addresses. A page is told of another network only
 * once that has stood for a while (Chromium: 0.5 s on macOS, 1.5 s on Windows, 2 s on Linux), and
 * until then every connection of it looks for ways from addresses that are gone.
 */
export function freshRealm(): Realm {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  document.body.append(frame);
  const inside = frame.contentWindow as (Window & typeof globalThis) | null;
  return {
    connect: (configuration) => {
      try {
        if (inside) return new inside.RTCPeerConnection(configuration);
      } catch {
        // A browser that lets frames make none: the page's own is slower, and good.
      }
      return PAGE.connect(configuration);
    },
    // Its connections end with it.
    close: () => frame.remove(),
  };
}
