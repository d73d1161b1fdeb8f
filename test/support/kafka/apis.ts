import type { WireField, WireMessage, WireType, WireValue } from './wire.ts';

/** A request that is spoken in a newer version by the client than by the broker. */
export interface BridgedApi {
  readonly key: number;
  /** Of the client: the first that is flexible, or the one that it insists on. */
  readonly newer: number;
  /** The newest that the broker understands. */
  readonly older: number;
  readonly request: readonly WireField[];
  readonly response: readonly WireField[];
  /** Where the two differ in more than fields that come and go. */
  readonly toOlder?: (request: WireMessage) => WireMessage;
  readonly toNewer?: (response: WireMessage, request: WireMessage) => WireMessage;
}

function field(name: string, type: WireType, since?: number, until?: number): WireField {
  return { name, type, ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
}

const THROTTLE = (since: number): WireField => ({ ...field('throttleTimeMs', 'int32', since), missing: 0 });
const ERROR = field('errorCode', 'int16');

const fetch: BridgedApi = {
  key: 1,
  newer: 12,
  older: 11,
  request: [
    field('replicaId', 'int32'),
    field('maxWaitMs', 'int32'),
    field('minBytes', 'int32'),
    field('maxBytes', 'int32'),
    field('isolationLevel', 'int8'),
    field('sessionId', 'int32'),
    field('sessionEpoch', 'int32'),
    field('topics', {
      list: [
        field('topic', 'string'),
        field('partitions', {
          list: [
            field('partition', 'int32'),
            field('currentLeaderEpoch', 'int32'),
            field('fetchOffset', 'int64'),
            field('lastFetchedEpoch', 'int32', 12),
            field('logStartOffset', 'int64'),
            field('partitionMaxBytes', 'int32'),
          ],
        }),
      ],
    }),
    field('forgotten', { list: [field('topic', 'string'), field('partitions', { list: 'int32' })] }),
    field('rackId', 'string'),
  ],
  response: [
    THROTTLE(1),
    ERROR,
    field('sessionId', 'int32'),
    field('topics', {
      list: [
        field('topic', 'string'),
        field('partitions', {
          list: [
            field('partitionIndex', 'int32'),
            ERROR,
            field('highWatermark', 'int64'),
            field('lastStableOffset', 'int64'),
            field('logStartOffset', 'int64'),
            field('abortedTransactions', { list: [field('producerId', 'int64'), field('firstOffset', 'int64')] }),
            field('preferredReadReplica', 'int32'),
            field('records', 'bytes'),
          ],
        }),
      ],
    }),
  ],
};

const listOffsets: BridgedApi = {
  key: 2,
  newer: 8,
  // In its versions 4 and 5 the mock leaves the leader's epoch out of its answer.
  older: 3,
  request: [
    field('replicaId', 'int32'),
    field('isolationLevel', 'int8'),
    field('topics', {
      list: [
        field('name', 'string'),
        field('partitions', { list: [field('partitionIndex', 'int32'), field('currentLeaderEpoch', 'int32', 4), field('timestamp', 'int64')] }),
      ],
    }),
  ],
  response: [
    THROTTLE(2),
    field('topics', {
      list: [
        field('name', 'string'),
        field('partitions', {
          list: [
            field('partitionIndex', 'int32'),
            ERROR,
            field('timestamp', 'int64'),
            field('offset', 'int64'),
            { ...field('leaderEpoch', 'int32', 4), missing: -1 },
          ],
        }),
      ],
    }),
  ],
};

const metadata: BridgedApi = {
  key: 3,
  newer: 9,
  older: 2,
  request: [
    field('topics', { list: [field('name', 'string')] }),
    field('allowAutoTopicCreation', 'bool', 4),
    field('includeClusterAuthorizedOperations', 'bool', 8),
    field('includeTopicAuthorizedOperations', 'bool', 8),
  ],
  response: [
    THROTTLE(3),
    field('brokers', { list: [field('nodeId', 'int32'), field('host', 'string'), field('port', 'int32'), field('rack', 'string')] }),
    field('clusterId', 'string'),
    field('controllerId', 'int32'),
    field('topics', {
      list: [
        ERROR,
        field('name', 'string'),
        field('isInternal', 'bool'),
        field('partitions', {
          list: [
            ERROR,
            field('partitionIndex', 'int32'),
            field('leaderId', 'int32'),
            { ...field('leaderEpoch', 'int32', 7), missing: -1 },
            field('replicaNodes', { list: 'int32' }),
            field('isrNodes', { list: 'int32' }),
            { ...field('offlineReplicas', { list: 'int32' }, 5), missing: [] },
          ],
        }),
        { ...field('authorizedOperations', 'int32', 8), missing: 0 },
      ],
    }),
    { ...field('clusterAuthorizedOperations', 'int32', 8), missing: 0 },
  ],
};

const offsetCommit: BridgedApi = {
  key: 8,
  newer: 8,
  older: 7,
  request: [
    field('groupId', 'string'),
    field('generationId', 'int32'),
    field('memberId', 'string'),
    field('groupInstanceId', 'string'),
    field('topics', {
      list: [
        field('name', 'string'),
        field('partitions', {
          list: [field('partitionIndex', 'int32'), field('committedOffset', 'int64'), field('committedLeaderEpoch', 'int32'), field('metadata', 'string')],
        }),
      ],
    }),
  ],
  response: [THROTTLE(3), field('topics', { list: [field('name', 'string'), field('partitions', { list: [field('partitionIndex', 'int32'), ERROR] })] })],
};

const OFFSETS_WANTED: WireType = { list: [field('name', 'string'), field('partitionIndexes', { list: 'int32' })] };
const OFFSETS_FOUND: WireType = {
  list: [
    field('name', 'string'),
    field('partitions', {
      list: [field('partitionIndex', 'int32'), field('committedOffset', 'int64'), field('committedLeaderEpoch', 'int32'), field('metadata', 'string'), ERROR],
    }),
  ],
};

const offsetFetch: BridgedApi = {
  key: 9,
  newer: 8,
  older: 5,
  request: [
    field('groupId', 'string', 0, 7),
    field('topics', OFFSETS_WANTED, 0, 7),
    field('groups', { list: [field('groupId', 'string'), field('topics', OFFSETS_WANTED)] }, 8),
    field('requireStable', 'bool', 7),
  ],
  response: [
    THROTTLE(3),
    field('topics', OFFSETS_FOUND, 0, 7),
    field('errorCode', 'int16', 0, 7),
    field('groups', { list: [field('groupId', 'string'), field('topics', OFFSETS_FOUND), ERROR] }, 8),
  ],
  toOlder: ({ groups }) => groupOf(groups),
  toNewer: ({ throttleTimeMs = 0, topics = [], errorCode = 0 }, { groups }) => ({
    throttleTimeMs,
    groups: [{ groupId: groupOf(groups).groupId ?? null, topics, errorCode }],
  }),
};

/** The only group that is asked for. */
function groupOf(groups: WireValue | undefined): WireMessage {
  return Array.isArray(groups) ? groups[0] : {};
}

const findCoordinator: BridgedApi = {
  key: 10,
  newer: 4,
  older: 2,
  request: [field('key', 'string', 0, 3), field('keyType', 'int8'), field('keys', { list: 'string' }, 4)],
  response: [
    THROTTLE(1),
    field('errorCode', 'int16', 0, 3),
    field('errorMessage', 'string', 1, 3),
    field('nodeId', 'int32', 0, 3),
    field('host', 'string', 0, 3),
    field('port', 'int32', 0, 3),
    field(
      'coordinators',
      { list: [field('key', 'string'), field('nodeId', 'int32'), field('host', 'string'), field('port', 'int32'), ERROR, field('errorMessage', 'string')] },
      4,
    ),
  ],
  toOlder: ({ keys, ...request }) => ({ ...request, key: Array.isArray(keys) ? keys[0] : null }),
  toNewer: ({ throttleTimeMs = 0, ...coordinator }, { keys }) => ({
    throttleTimeMs,
    coordinators: [{ ...coordinator, key: Array.isArray(keys) ? keys[0] : null }],
  }),
};

const joinGroup: BridgedApi = {
  key: 11,
  newer: 9,
  older: 5,
  request: [
    field('groupId', 'string'),
    field('sessionTimeoutMs', 'int32'),
    field('rebalanceTimeoutMs', 'int32'),
    field('memberId', 'string'),
    field('groupInstanceId', 'string'),
    field('protocolType', 'string'),
    field('protocols', { list: [field('name', 'string'), field('metadata', 'bytes')] }),
    field('reason', 'string', 8),
  ],
  response: [
    THROTTLE(2),
    ERROR,
    field('generationId', 'int32'),
    field('protocolType', 'string', 7),
    field('protocolName', 'string'),
    field('leader', 'string'),
    { ...field('skipAssignment', 'bool', 9), missing: false },
    field('memberId', 'string'),
    field('members', { list: [field('memberId', 'string'), field('groupInstanceId', 'string'), field('metadata', 'bytes')] }),
  ],
};

const heartbeat: BridgedApi = {
  key: 12,
  newer: 4,
  older: 3,
  request: [field('groupId', 'string'), field('generationId', 'int32'), field('memberId', 'string'), field('groupInstanceId', 'string')],
  response: [THROTTLE(1), ERROR],
};

const leaveGroup: BridgedApi = {
  key: 13,
  newer: 5,
  older: 1,
  request: [
    field('groupId', 'string'),
    field('memberId', 'string', 0, 2),
    field('members', { list: [field('memberId', 'string'), field('groupInstanceId', 'string'), field('reason', 'string')] }, 3),
  ],
  response: [THROTTLE(1), ERROR, { ...field('members', { list: [field('memberId', 'string'), field('groupInstanceId', 'string'), ERROR] }, 3), missing: [] }],
  toOlder: ({ members, ...request }) => {
    const [member] = Array.isArray(members) ? members : [];
    return { ...request, memberId: member?.memberId ?? null };
  },
};

const syncGroup: BridgedApi = {
  key: 14,
  newer: 5,
  older: 3,
  request: [
    field('groupId', 'string'),
    field('generationId', 'int32'),
    field('memberId', 'string'),
    field('groupInstanceId', 'string'),
    field('protocolType', 'string', 5),
    field('protocolName', 'string', 5),
    field('assignments', { list: [field('memberId', 'string'), field('assignment', 'bytes')] }),
  ],
  response: [THROTTLE(1), ERROR, field('protocolType', 'string', 5), field('protocolName', 'string', 5), field('assignment', 'bytes')],
};

/** Requests that both sides speak in one version: key and version. */
export const SPOKEN_BY_BOTH: readonly (readonly [key: number, version: number])[] = [
  [0, 7],
  [22, 4],
];

/** What a client of today says to a broker of yesterday. */
export const BRIDGED_APIS: readonly BridgedApi[] = [
  fetch,
  listOffsets,
  metadata,
  offsetCommit,
  offsetFetch,
  findCoordinator,
  joinGroup,
  heartbeat,
  leaveGroup,
  syncGroup,
];
