/** See lock.mjs. */
export declare function startTimeOf(pid: number | string): string | undefined;
export declare function withLock<T>(path: string, work: () => Promise<T>): Promise<T>;
