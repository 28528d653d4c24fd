import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** An RSA key with a certificate of its own, trusted by nobody: X.509 in DER (RFC 5280), as far as TLS needs it. */
export interface Certified {
  key: KeyObject;
  /** PEM */
  certificate: string;
}

/** @param host the name that the certificate is good for */
export function createCertificate(host: string): Certified {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const rsaSha256 = sequence(oid("2a864886f70d01010b"), Buffer.from("0500", "hex"));
  const name = sequence(der(0x31, sequence(oid("550403"), der(0x0c, Buffer.from(host)))));
  const valid = sequence(...["20200101000000Z", "21200101000000Z"].map((at) => der(0x18, Buffer.from(at))));
  const alternative = sequence(oid("551d11"), der(0x04, sequence(der(0x82, Buffer.from(host)))));
  const body = sequence(
    der(0xa0, integer(2)),
    integer(1),
    rsaSha256,
    name,
    valid,
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(alternative)),
  );
  const signature = der(0x03, Buffer.from([0]), sign("sha256", body, privateKey));
  const text = sequence(body, rsaSha256, signature).toString("base64").replace(/.{64}/g, "$&\n");
  return {
    key: privateKey,
    certificate: `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`,
  };
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: Buffer[]) => der(0x30, ...parts);
const oid = (hex: string) => der(0x06, Buffer.from(hex, "hex"));
const integer = (value: number) => der(0x02, Buffer.from([value]));
