import { once } from 'node:events';
import { MockCluster } from '../../test/support/kafka/mock-cluster.ts';

// In a process of its own until its input ends: where it listens is the only line that it writes.
const cluster = await MockCluster.start();
process.stdout.write(`${JSON.stringify({ brokers: cluster.brokers, direct: cluster.direct })}\n`);
process.stdin.resume();
await once(process.stdin, 'end');
await cluster.close();
