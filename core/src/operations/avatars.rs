//! Avatars: the faces of agents.

use super::Resource;
use crate::Id;
use crate::error::Kind;
use crate::table::wire::{MESSAGE, bit, instant, int, text};
use crate::table::{
    API_KEY_OR_TOKEN, Answer, Content, Evidence, Method, Modelled, OPERATION, Operation, OrNull, Repeat, Rule, TOKEN_OR_API_KEY,
    Wire, WireObject, body, part, path,
};
use jiff::Timestamp;

pub(super) const RESOURCE: Resource = Resource {
    name: "avatars",
    doc: "Avatars: the faces of agents.",
    operations: &[&LIST, &LIST_MINE, &CREATE, &UPLOAD, &UPDATE, &DELETE],
};

model! {
    /// The face of an agent.
    Avatar {
        /// The avatar's id.
        id: Id = ["avatar_id", "id"],
        /// The id of the owner.
        user_id: Option<Id>,
        /// The name.
        name: String,
        /// The URL of the picture.
        url: String,
        /// The id of the avatar's voice.
        voice_id: Option<Id>,
        /// Whether the avatar is a favorite of its owner.
        is_favorite: Option<bool>,
        /// Whether everyone may use it.
        is_public: bool,
        /// The time of creation.
        created_at: Timestamp,
        /// The time of the last change.
        updated_at: Timestamp,
    }
}

model! {
    /// An avatar that was created from the URL of a picture.
    CreatedAvatar {
        /// The avatar's id.
        id: Id = ["avatar_id", "id"],
    }
}

model! {
    /// An avatar that was created from a file.
    UploadedAvatar {
        /// The avatar's id.
        id: Id = ["avatar_id", "id"],
        /// The name.
        name: String,
        /// The URL of the picture.
        url: String,
        /// The id of the avatar's voice.
        voice_id: Option<Id>,
        /// The id in the picture store.
        cloudinary_id: String,
    }
}

params! {
    /// Parameters of `avatars.create`.
    CreateAvatar {
        /// The name.
        name: String => body(Rule::NAME).required(),
        /// The URL of the picture.
        url: String => body(Rule::WEB_URL).required(),
        /// The id of the avatar's voice.
        voice_id: Option<Id> => body(Rule::TEXT_ID),
    }
}

params! {
    /// Parameters of `avatars.update`. At least one is required.
    UpdateAvatar {
        /// The name.
        name: Option<String> => body(Rule::NAME),
        /// The URL of the picture.
        url: Option<String> => body(Rule::WEB_URL),
        /// The id of the avatar's voice; null removes it.
        voice_id: Option<OrNull<Id>> => body(Rule::TEXT_ID).nullable(),
        /// Whether the avatar is a favorite.
        is_favorite: Option<bool> => body(Rule::Flag),
    }
}

params! {
    /// Parameters of `avatars.upload`, in addition to the file.
    UploadAvatar {
        /// The name.
        name: String => part(Rule::NAME).required(),
        /// The id of the avatar's voice.
        voice_id: Option<Id> => part(Rule::TEXT_ID),
    }
}

/// An item of the lists.
static OBJECT: WireObject = WireObject {
    name: "Avatar",
    fields: &[
        int("id"),
        int("user_id"),
        text("name"),
        text("url"),
        text("voice_id").or_null(),
        bit("is_favorite"),
        bit("is_public"),
        instant("created_at"),
        instant("updated_at"),
    ],
};

/// The response to `avatars.upload`.
static UPLOADED_OBJECT: WireObject = WireObject {
    name: "UploadedAvatar",
    fields: &[int("id"), text("name"), text("url"), text("voice_id").or_null(), text("cloudinary_id")],
};

/// `GET /v1/avatars/public`
pub static LIST: Operation = Operation {
    name: "avatars.list",
    summary: "Lists the avatars that everyone may use.",
    path: "/v1/avatars/public",
    auth: API_KEY_OR_TOKEN,
    answer: Answer::List { model: Avatar::MODEL, under: &["avatars"] },
    wire: Wire::BareList(&OBJECT),
    ..OPERATION
};

/// `GET /v1/avatars`
pub static LIST_MINE: Operation = Operation {
    name: "avatars.list_mine",
    summary: "Lists your avatars, the newest first.",
    path: "/v1/avatars",
    auth: TOKEN_OR_API_KEY,
    answer: Answer::List { model: Avatar::MODEL, under: &["avatars"] },
    wire: Wire::BareList(&OBJECT),
    ..OPERATION
};

/// `POST /v1/avatars`
pub static CREATE: Operation = Operation {
    name: "avatars.create",
    summary: "Creates an avatar from the URL of a picture. The response contains only the id.",
    method: Method::Post,
    path: "/v1/avatars",
    auth: TOKEN_OR_API_KEY,
    repeat: Repeat::IfUnsent,
    shown_by: Some("avatars.list_mine"),
    params: CreateAvatar::PARAMS,
    status: 201,
    answer: Answer::One { model: CreatedAvatar::MODEL, under: &["avatar"] },
    wire: Wire::Object(&[int("id"), MESSAGE]),
    ..OPERATION
};

const UPLOAD_PARAMS: &[crate::table::Param] = &[
    crate::table::Param {
        name: "file",
        doc: "The picture or video: a path or a readable stream. The sandbox accepts at most 10 MB.",
        ..part(Rule::File(Content::Any)).required()
    },
    UploadAvatar::PARAMS[0],
    UploadAvatar::PARAMS[1],
];

/// `POST /v1/avatars/upload`
pub static UPLOAD: Operation = Operation {
    name: "avatars.upload",
    summary: "Creates an avatar from a picture or video file. The file is streamed.",
    method: Method::Post,
    path: "/v1/avatars/upload",
    auth: TOKEN_OR_API_KEY,
    repeat: Repeat::IfUnsent,
    shown_by: Some("avatars.list_mine"),
    params: UPLOAD_PARAMS,
    status: 201,
    answer: Answer::One { model: UploadedAvatar::MODEL, under: &["avatar"] },
    wire: Wire::Bare(&UPLOADED_OBJECT),
    ..OPERATION
};

/// `PUT /v1/avatars/{id}`
pub static UPDATE: Operation = Operation {
    name: "avatars.update",
    summary: "Updates one of your avatars. Fields that are not set keep their values.",
    method: Method::Put,
    path: "/v1/avatars/{id}",
    auth: TOKEN_OR_API_KEY,
    path_param: Some(path("id", "The avatar's id.")),
    params: UpdateAvatar::PARAMS,
    needs_one: true,
    errors: &[Kind::NotFound],
    ..OPERATION
};

/// `DELETE /v1/avatars/{id}`
pub static DELETE: Operation = Operation {
    name: "avatars.delete",
    summary: "Deletes one of your avatars.",
    evidence: Evidence::Documented,
    method: Method::Delete,
    path: "/v1/avatars/{id}",
    auth: TOKEN_OR_API_KEY,
    path_param: Some(path("id", "The avatar's id.")),
    errors: &[Kind::NotFound],
    ..OPERATION
};
