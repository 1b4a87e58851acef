/** Python that makes an end by SIGTERM run through every `finally`: what a rehearsal has made is taken away. */
export const ENDED = `import signal
signal.signal(signal.SIGTERM, lambda *_: sys.exit("it was ended before it was through"))
`;
