/**
 * Names the schemas of all parts of the table, in every frame: what a writer with the same schemas has checked, a reader
 * need not check again, which takes as long as all the rest. A hash of the schemas as JSON schema, written down since to
 * reckon it costs an isolate more than it saves; its test says what it must be.
 */
export const SHAPES = 0x928834a7;
