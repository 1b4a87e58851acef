/** See prepare.mjs. */
export declare class PrepareError extends Error {}
export declare const partNames: string[];
export declare const firstStack: string[];
export declare const secondStack: string[];
export declare function prepare(names?: string[]): Promise<Record<string, { path?: string; source: string }>>;
