// Sends readings at a steady rate, whether or not the ones before are answered: inputs of CSV, one after the other through all sensors.
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** Sent later than this is another rate. */
const HURRIED_MS = 50;

process.on('message', (message) => void obey(message));
process.on('disconnect', () => process.exit());

async function obey({ id, options }) {
  try {
    process.send({ id, answer: await flood(options) });
  } catch (error) {
    process.send({ id, error: String(error) });
  }
}

async function flood({ url, sensors, inputsPerSecond, readingsPerInput, seconds }) {
  const agent = new Agent({ keepAlive: true });
  const cpu = process.cpuUsage();
  const answers = [];
  const startedAt = performance.now();
  let hurried = 0;
  for (let input = 0; input < inputsPerSecond * seconds; input += 1) {
    const dueAt = startedAt + (input * 1000) / inputsPerSecond;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueAt - performance.now())));
    if (performance.now() - dueAt > HURRIED_MS) hurried += 1;
    answers.push(send(agent, url, inputOf(sensors, input * readingsPerInput, readingsPerInput)));
  }
  const sentAt = performance.now();
  const answered = await Promise.all(answers);
  const { user, system } = process.cpuUsage(cpu);
  agent.destroy();
  return {
    loaded: answered.reduce((sum, { loaded }) => sum + loaded, 0),
    seconds: (performance.now() - startedAt) / 1000,
    durations: answered.map(({ ms }) => ms),
    behindMs: performance.now() - sentAt,
    hurried,
    cpuMs: (user + system) / 1000,
  };
}

function inputOf(sensors, first, count) {
  const time = new Date().toISOString();
  let lines = 'time,sensor,temperature\n';
  for (let index = first; index < first + count; index += 1) lines += `${time},${sensors[index % sensors.length]},${(20 + 5 * Math.random()).toFixed(2)}\n`;
  return lines;
}

async function send(agent, url, body) {
  const sentAt = performance.now();
  const response = await new Promise((resolve, reject) => {
    request(`${url}/ingest`, { method: 'POST', agent, headers: { 'content-type': 'text/csv' } }, resolve)
      .on('error', reject)
      .end(body);
  });
  const answer = await text(response);
  if (response.statusCode !== 200) throw new Error(answer);
  return { loaded: JSON.parse(answer).loaded, ms: performance.now() - sentAt };
}
