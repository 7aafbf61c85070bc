const { AgentHuman, NotFoundError } = require("agenthuman");

test("a call, and an error of its class", async () => {
  const client = new AgentHuman();
  expect((await client.sessions.create({ agentId: "1" })).agent_id).toBe("1");
  await expect(client.sessions.get("no-such-session")).rejects.toThrow(NotFoundError);
});
