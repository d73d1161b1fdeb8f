// Answers at once with so many bytes: what the load generator can take at most.
import { createServer } from 'node:http';

createServer((request, response) => {
  const bytes = Number(request.url.slice(1));
  request.resume();
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': bytes }).end(bodyOf(bytes));
}).listen(Number(process.env.PORT), '127.0.0.1');

const bodies = new Map();

function bodyOf(bytes) {
  if (!bodies.has(bytes)) bodies.set(bytes, Buffer.alloc(bytes, '0'));
  return bodies.get(bytes);
}
