// A bare broadcast, as the documentation of ws has it: what is posted here goes to every client as a text message. The answer says when that began, in milliseconds since 1970.
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { WebSocket, WebSocketServer } from 'ws';
import { wallClockOffset } from './wall-clock.mjs';

const server = createServer((request, response) => void broadcast(request, response));
const sockets = new WebSocketServer({ server });
server.listen(Number(process.env.PORT), '127.0.0.1');

async function broadcast(request, response) {
  const data = await buffer(request);
  const offset = wallClockOffset();
  const startedAt = performance.now() + offset;
  for (const client of sockets.clients) if (client.readyState === WebSocket.OPEN) client.send(data, { binary: false });
  response.end(JSON.stringify({ startedAt }));
}
