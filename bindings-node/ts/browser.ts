// What a browser, a phone or an edge bundle gets in place of the package.

throw new Error(
  "agenthuman runs on servers only: an API key must never reach a browser, a phone or an edge bundle. " +
    "Let your backend hold the key and mount the AgentHuman relay, and call your backend from here.",
);
