import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";

const MB = 1024 * 1024;

/** Few bytes that become many: 60 MB of a JSON text. */
function makeBombs(): { encoding: string; bytes: Buffer }[] {
  const text = Buffer.concat([Buffer.from('{"data":"'), Buffer.alloc(60 * MB, "0"), Buffer.from('"}')]);
  const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
  return [
    { encoding: "gzip", bytes: gzipSync(text, { level: 9 }) },
    { encoding: "deflate", bytes: deflateSync(text, { level: 9 }) },
    { encoding: "br", bytes: brotliCompressSync(text, quick) },
  ];
}

let made: ReturnType<typeof makeBombs> | undefined;

/** Made once, when the first is needed. */
export function bombs(): ReturnType<typeof makeBombs> {
  made ??= makeBombs();
  return made;
}
