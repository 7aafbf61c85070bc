const { AgentHuman, NotFoundError } = require("agenthuman");
const { Mock, UnexpectedCallError, session } = require("agenthuman/testing");

test("a call, and an error of its class", async () => {
  const client = new AgentHuman();
  expect((await client.sessions.create({ agentId: "1" })).agent_id).toBe("1");
  await expect(client.sessions.get("no-such-session")).rejects.toThrow(NotFoundError);
});

test("a mock, and methods that are replaced or spied on", async () => {
  const mock = new Mock();
  mock.on("sessions.create").returns(session({ id: "5" }));
  const spied = jest.spyOn(mock.client.sessions, "create");
  expect((await mock.client.sessions.create({ agentId: "7" })).id).toBe("5");
  expect(spied).toHaveBeenCalledWith({ agentId: "7" });
  await expect(mock.client.sessions.get("5")).rejects.toThrow(UnexpectedCallError);
  jest.spyOn(mock.client.sessions, "get").mockResolvedValue(session({ id: "9" }));
  expect((await mock.client.sessions.get("5")).id).toBe("9");
});
