'use strict';
// Moves message and stack trace of a failure into a payload, which a codec encrypts; a codec alone leaves them in clear text.
// Plain JavaScript because the worker loads it by path with require(), from src in tests and from dist otherwise.
const { DefaultFailureConverter } = require('@temporalio/common');

exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
