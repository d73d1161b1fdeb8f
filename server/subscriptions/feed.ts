import type { Question } from './question.ts';
import type { Group } from './subscriber.ts';

/** Where the messages of one root field come from. */
export interface Feed {
  /** The name of the root field. */
  readonly field: string;
  /** A group for all who ask this question. Throws ThermographError where the arguments cannot be. */
  open(question: Question): Promise<Group>;
  /** Ends what goes on by itself. Its groups are empty by then. */
  stop(): Promise<void>;
}
