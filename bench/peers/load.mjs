// The load: reads one job as JSON from standard input, keeps connections busy for so many seconds, and writes what came of it as JSON.
import { text } from 'node:stream/consumers';
import autocannon from 'autocannon';

const { url, requests, connections, seconds } = JSON.parse(await text(process.stdin));

const before = process.cpuUsage();

// Each connection begins at another place of the list, so that no two ask the same at once unless they have to.
let next = 0;
const step = Math.max(1, Math.floor(requests.length / connections));
const result = await autocannon({
  url,
  requests,
  connections,
  duration: seconds,
  setupClient: (client) => {
    const start = (next++ * step) % requests.length;
    client.setRequests([...requests.slice(start), ...requests.slice(0, start)].map((request) => ({ ...request })));
  },
});
const { user, system } = process.cpuUsage(before);
process.stdout.write(
  JSON.stringify({
    requests: result.requests.total,
    seconds: result.duration,
    bytes: result.throughput.total,
    failed: result.errors + result.timeouts + result.non2xx,
    p50: result.latency.p50,
    p99: result.latency.p99,
    cpuMs: (user + system) / 1000,
  }),
);
