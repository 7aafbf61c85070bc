// The types of texts with known values, with the typos that they must find.

import {
  type MessageRole,
  type Open,
  Session,
  type SessionCreateParams,
  type SessionStatus,
  type SessionType,
  type Unlisted,
} from "agenthuman";
import {
  type LinkStatus,
  type Room,
  type SessionCreateParams as RoomsCreateParams,
  Session as RoomsSession,
} from "agenthuman/rooms";
import { session as testSession } from "agenthuman/testing";
import schemas from "agenthuman/models.schema.json" with { type: "json" };

const session: Session = Session.fromJSON({ id: "5" });
const { status, session_type: type } = session;

// Every text is a string.
const text: string = status;
status.toUpperCase();
new Map<string, number>().get(status);

// Comparisons
if (status === "active" || type === "agent_chat" || type === "video") session.id.trim();
// @ts-expect-error a typo
if (status === "actve") session.id.trim();
// @ts-expect-error a typo
if (status !== "complete") session.id.trim();
// @ts-expect-error a status of agents
if (status === "archived") session.id.trim();
// @ts-expect-error a typo
if (type === "agent-chat") session.id.trim();
switch (status) {
  case "active":
    break;
  // @ts-expect-error a typo
  case "completd":
    break;
  default:
    status satisfies "completed" | Unlisted;
}
// A text of a later service is compared as a string.
if ((status as string) === "paused") session.id.trim();

// What reads a field needs a default, since the service may send another text.
function label(status: Open<SessionStatus>): string {
  switch (status) {
    case "active":
      return "goes on";
    case "completed":
      return "over";
    default:
      return status;
  }
}
label(status);
// @ts-expect-error a default is missing
function short(status: Open<SessionStatus>): string {
  switch (status) {
    case "active":
      return "goes on";
    case "completed":
      return "over";
  }
}
const labels: Record<SessionStatus, string> = { active: "goes on", completed: "over" };
// @ts-expect-error the status may be another one
labels[status].trim();

// Parameters
const params: SessionCreateParams = { agentId: "7", sessionType: "agent_chat" };
const role: MessageRole = "assistant";
// @ts-expect-error a typo
const typo: MessageRole = "asistant";
// @ts-expect-error no parameter, since only responses have it
const received: SessionType = "video";
// @ts-expect-error a typo
const sent: SessionCreateParams = { agentId: "7", sessionType: "agent_caht" };
// @ts-expect-error the service may have sent a type that cannot be a parameter
const again: SessionCreateParams = { agentId: "7", sessionType: type };
if (type === "agent_chat" || type === "agent_video") params.sessionType = type;

testSession({ status: "completed" });
testSession({ status: "paused" as string as Open<SessionStatus> });
// @ts-expect-error a typo
testSession({ status: "complete" });

// The other contract
const inRoom: RoomsSession = RoomsSession.fromJSON({ id: "sess_1", status: "started" });
if (inRoom.status === "started" || inRoom.status === "active" || inRoom.aspect_ratio === "16:9") inRoom.id.trim();
// @ts-expect-error a status of the other contract
if (inRoom.status === "completed") inRoom.id.trim();
// @ts-expect-error no parameter, since only responses have it
const expired: LinkStatus = "expired";
// @ts-expect-error a typo
const wide: RoomsCreateParams = { avatar: "avat_1", room: {} as Room, aspectRatio: "16:9" };

schemas.$defs.Session.properties.status.examples satisfies string[];

export { again, expired, labels, received, role, sent, short, text, typo, wide };
