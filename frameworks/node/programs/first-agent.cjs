const { AgentHuman } = require("agenthuman");

new AgentHuman().sessions.create({ agentId: "1" }).then((session) => console.log(`opened ${session.id}`));
