// Objects as the service sends them, with the fields that every response has.

const TIME = "2024-01-15T10:30:00Z";

export const sessionRow = (session_id, others = {}) => ({
  session_id,
  agent_id: 7,
  session_type: "voice",
  status: "active",
  started_at: TIME,
  ...others,
});

export const userRow = (id) => ({ id, email: "ada@example.com", created_at: TIME });

export const keyRow = (id, last4) => ({ id, name: "a", environment: "test", prefix: "ah_test_", last4, created_at: TIME });

/** An avatar of a list; the response to an upload has fewer fields. */
export const avatarRow = (avatar_id) => ({
  avatar_id,
  name: "Sunny",
  url: "https://files.example.com/a.png",
  cloudinary_id: "a",
  is_public: 1,
  created_at: TIME,
  updated_at: TIME,
});
