const { join } = require("node:path");

module.exports = {
  mode: "production",
  target: "node",
  entry: join(__dirname, "../programs/first-agent.cjs"),
  output: { path: join(__dirname, "dist"), filename: "first-agent.cjs" },
  externals: { agenthuman: "commonjs agenthuman", "agenthuman/relay": "commonjs agenthuman/relay" },
};
