// Loaded into a gateway with --import: tells at a port of its own what memory the process takes, and takes profiles of it.
import { createServer } from 'node:http';
import { Session } from 'node:inspector/promises';

const session = new Session();

const gauges = {
  '/memory': () => process.memoryUsage(),
  /** After everything that nobody holds is gone; what is closing gets a moment to be gone. */
  '/collected': async () => {
    for (let round = 0; round < 3; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      globalThis.gc();
    }
    return process.memoryUsage();
  },
  '/profile/start': async () => {
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 500 });
    await session.post('Profiler.start');
    return {};
  },
  '/profile/stop': async () => {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    return profile;
  },
};

createServer((request, response) => void answer(request, response))
  .listen(Number(process.env.GAUGE_PORT), '127.0.0.1')
  .unref();

async function answer({ url }, response) {
  response.end(JSON.stringify(await gauges[url]()));
}
