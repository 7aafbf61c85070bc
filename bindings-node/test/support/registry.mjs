// A registry of npm on this machine, with packages as they will be published.

import { createReadStream } from "node:fs";
import { createServer } from "node:http";
import { basename } from "node:path";

/** Serves packages while `use` runs. Those without a tarball have a manifest only, such as those of other platforms. */
export async function withRegistry({ manifests, tarballs }, use) {
  const server = createServer((request, response) => {
    const name = decodeURIComponent(request.url.slice(1));
    const tarball = tarballs.find((path) => basename(path) === name);
    if (tarball) return createReadStream(tarball).pipe(response);
    const manifest = manifests.find((manifest) => manifest.name === name);
    if (!manifest) return response.writeHead(404).end("{}");
    const { version } = manifest;
    const dist = { tarball: `http://${request.headers.host}/${name}-${version}.tgz` };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ name, "dist-tags": { latest: version }, versions: { [version]: { ...manifest, dist } } }));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use(`http://127.0.0.1:${server.address().port}/`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
