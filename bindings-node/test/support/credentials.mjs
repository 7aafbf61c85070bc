// Credentials that are made up at run time.

import { randomBytes } from "node:crypto";

const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** An API key. Of two, one differs from the other. */
export function madeUpKey(environment = "test") {
  return `ah_${environment}_${[...randomBytes(32)].map((byte) => LETTERS[byte % LETTERS.length]).join("")}`;
}

/** A token that expires so many seconds from now. */
export function madeUpToken(seconds = 86_400 * 365) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const expires = Math.floor(Date.now() / 1000) + seconds;
  const signature = randomBytes(32).toString("base64url");
  return [
    part({ alg: "HS256", typ: "JWT" }),
    part({ sub: "42", exp: expires, jti: randomBytes(8).toString("hex") }),
    signature,
  ].join(".");
}
