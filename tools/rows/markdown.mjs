/** Text for a cell of a table. It may hold what Markdown would take for a column, a tag or emphasis. */
export const cell = (text) => text.replace(/[\\`*_<>|[\]]/g, '\\$&').replace(/\s+/g, ' ');
