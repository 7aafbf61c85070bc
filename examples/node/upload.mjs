// Uploads a picture as an avatar, and prints the progress. Needs AGENTHUMAN_TOKEN.
//
//     node upload.mjs face.png

import { createReadStream, statSync } from "node:fs";
import { AgentHuman } from "agenthuman";

const path = process.argv[2];
if (path === undefined) throw new Error("usage: node upload.mjs PICTURE");

const client = new AgentHuman();
const file = {
  content: createReadStream(path),
  length: statSync(path).size,
  name: path,
};
const avatar = await client.avatars.upload(
  { file, name: "My face" },
  {
    onProgress({ sent, total = sent }) {
      process.stderr.write(`\r${Math.floor((sent / total) * 100)} %`);
    },
  },
);
process.stderr.write("\n");
console.log(`avatar ${avatar.id}`);
