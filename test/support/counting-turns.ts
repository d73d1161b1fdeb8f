/** What a work gives, and how often others had their turn before it ended. */
export async function countingTurns<T>(work: Promise<T>): Promise<{ readonly value: T; readonly turns: number }> {
  let turns = 0;
  const state = { isOver: false };
  const turn = () => {
    if (state.isOver) return;
    turns += 1;
    setImmediate(turn);
  };
  setImmediate(turn);
  const value = await work;
  state.isOver = true;
  return { value, turns };
}
