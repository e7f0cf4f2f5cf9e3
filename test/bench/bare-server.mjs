/** The peer of a frame's way through Node: opens, reads and sends the file that the path names, and does nothing else. Prints its port. */
import { readFile } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const folder = process.argv[2] ?? '.';
const server = createServer((request, response) => {
  readFile(join(folder, request.url ?? ''), (error, bytes) => {
    if (error) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes.length }).end(bytes);
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
