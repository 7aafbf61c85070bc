// Replaces the package in browsers, on phones and in edge bundles.

throw new Error(
  "agenthuman runs on servers only: an API key must never reach a browser, a phone or an edge bundle. " +
    "Store the key in your backend, mount the AgentHuman relay there, and call your backend.",
);
