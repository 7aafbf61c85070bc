const { AgentHuman } = require("agenthuman");
const { startSandbox } = require("agenthuman/sandbox");

let sandbox;
beforeAll(async () => void (sandbox = await startSandbox()));
beforeEach(() => sandbox.reset());
afterAll(() => sandbox.stop());

for (const reply of ["First.", "Second."]) {
  test(`replies ${reply}`, async () => {
    const client = new AgentHuman({ apiKey: sandbox.apiKey, baseURL: sandbox.url });
    expect(await client.sessions.list().all()).toHaveLength(0);
    const session = await client.sessions.create({ agentId: "1" });
    await sandbox.replies([reply]);
    expect((await client.messages.create(session.id, { content: "Hello!" })).reply.content).toBe(reply);
  });
}
