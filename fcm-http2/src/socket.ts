import net from "node:net";
import tls from "node:tls";

/** Opens the socket under an HTTP/2 session: TLS with ALPN `h2` for https, plain TCP for http. */
export function openSocket(origin: URL, ca: string | undefined): net.Socket | tls.TLSSocket {
  const socket = connect(origin, ca);
  // Else a frame would wait for the peer's acknowledgement of the one before.
  socket.setNoDelay(true);
  return socket;
}

function connect(origin: URL, ca: string | undefined): net.Socket | tls.TLSSocket {
  const host = origin.hostname.replace(/^\[|\]$/g, "");
  if (origin.protocol === "http:") return net.connect({ host, port: Number(origin.port || 80) });
  return tls.connect({
    host,
    port: Number(origin.port || 443),
    ALPNProtocols: ["h2"],
    // Server names are for names only: TLS refuses an IP address there.
    ...(net.isIP(host) === 0 && { servername: host }),
    ...(ca !== undefined && { ca }),
  });
}
