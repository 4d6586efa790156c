/** A PATH with the pinned tools first, and among them the pinned Node, whatever this was started by. */
export const PINNED_PATH = `node_modules/.bin:${process.env.PATH}`;
