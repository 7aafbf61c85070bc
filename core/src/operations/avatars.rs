//! Avatars: the faces that agents show.

use super::Resource;
use crate::Id;
use crate::error::Kind;
use crate::table::wire::{MESSAGE, bit, instant, int, text};
use crate::table::{
    API_KEY_OR_TOKEN, Answer, Evidence, Method, Modelled, OPERATION, Operation, OrNull, Repeat, Rule, TOKEN_OR_API_KEY, Wire,
    WireObject, body, model, params, part, path,
};
use jiff::Timestamp;

pub(super) const RESOURCE: Resource = Resource {
    name: "avatars",
    doc: "Avatars: the faces that agents show.",
    operations: &[&LIST, &LIST_MINE, &CREATE, &UPLOAD, &UPDATE, &DELETE],
};

model! {
    /// A face that agents can show. Which fields are there depends on the operation.
    Avatar {
        /// The avatar's id.
        id: Id = ["avatar_id", "id"],
        /// Whose it is.
        user_id: Option<Id>,
        /// Its name.
        name: Option<String>,
        /// Where its picture is.
        url: Option<String>,
        /// The voice that goes with it.
        voice_id: Option<Id>,
        /// Whether its owner marked it.
        is_favorite: Option<bool>,
        /// Whether everyone may use it.
        is_public: Option<bool>,
        /// Its id at the picture store, after an upload.
        cloudinary_id: Option<String>,
        /// When it was made.
        created_at: Option<Timestamp>,
        /// When it was last changed.
        updated_at: Option<Timestamp>,
    }
}

params! {
    /// What `avatars.create` takes.
    CreateAvatar {
        /// Its name.
        name: String => body(Rule::NAME).required(),
        /// Where its picture is.
        url: String => body(Rule::Url).required(),
        /// The voice that goes with it.
        voice_id: Option<Id> => body(Rule::TEXT_ID),
    }
}

params! {
    /// What `avatars.update` takes; at least one.
    UpdateAvatar {
        /// Its name.
        name: Option<String> => body(Rule::NAME),
        /// Where its picture is.
        url: Option<String> => body(Rule::Url),
        /// The voice that goes with it; null takes it away.
        voice_id: Option<OrNull<Id>> => body(Rule::TEXT_ID).nullable(),
        /// Whether it is marked.
        is_favorite: Option<bool> => body(Rule::Flag),
    }
}

params! {
    /// What `avatars.upload` takes beside the file.
    UploadAvatar {
        /// Its name.
        name: String => part(Rule::NAME).required(),
        /// The voice that goes with it.
        voice_id: Option<Id> => part(Rule::TEXT_ID),
    }
}

/// What the lists answer.
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

/// What `avatars.upload` answers.
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
    summary: "Lists one's own avatars, the newest first.",
    path: "/v1/avatars",
    auth: TOKEN_OR_API_KEY,
    answer: Answer::List { model: Avatar::MODEL, under: &["avatars"] },
    wire: Wire::BareList(&OBJECT),
    ..OPERATION
};

/// `POST /v1/avatars`
pub static CREATE: Operation = Operation {
    name: "avatars.create",
    summary: "Makes an avatar of a picture that is on the web. The answer holds its id only.",
    method: Method::Post,
    path: "/v1/avatars",
    auth: TOKEN_OR_API_KEY,
    repeat: Repeat::IfUnsent,
    shown_by: Some("avatars.list_mine"),
    params: CreateAvatar::PARAMS,
    status: 201,
    answer: Answer::One { model: Avatar::MODEL, under: &["avatar"] },
    wire: Wire::Object(&[int("id"), MESSAGE]),
    ..OPERATION
};

const UPLOAD_PARAMS: &[crate::table::Param] = &[
    crate::table::Param {
        name: "file",
        doc: "The picture or video: a path, or something that can be read; at most 10 MB on the sandbox.",
        ..part(Rule::File).required()
    },
    UploadAvatar::PARAMS[0],
    UploadAvatar::PARAMS[1],
];

/// `POST /v1/avatars/upload`
pub static UPLOAD: Operation = Operation {
    name: "avatars.upload",
    summary: "Makes an avatar of a picture or video file, which is streamed.",
    method: Method::Post,
    path: "/v1/avatars/upload",
    auth: TOKEN_OR_API_KEY,
    repeat: Repeat::IfUnsent,
    shown_by: Some("avatars.list_mine"),
    params: UPLOAD_PARAMS,
    status: 201,
    answer: Answer::One { model: Avatar::MODEL, under: &["avatar"] },
    wire: Wire::Bare(&UPLOADED_OBJECT),
    ..OPERATION
};

/// `PUT /v1/avatars/{id}`
pub static UPDATE: Operation = Operation {
    name: "avatars.update",
    summary: "Changes what is given of one's own avatar, and leaves the rest.",
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
    summary: "Deletes one's own avatar.",
    evidence: Evidence::Documented,
    method: Method::Delete,
    path: "/v1/avatars/{id}",
    auth: TOKEN_OR_API_KEY,
    path_param: Some(path("id", "The avatar's id.")),
    errors: &[Kind::NotFound],
    ..OPERATION
};
