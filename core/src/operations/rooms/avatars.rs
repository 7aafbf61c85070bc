//! Avatars: the faces that join a room.

use super::ROOMS;
use crate::Id;
use crate::error::Kind;
use crate::operations::Resource;
use crate::table::wire::{DONE, SUCCESS, list, text, texts};
use crate::table::{
    Answer, Content, Method, Modelled, Operation, Param, Repeat, Rule, Wire, WireField, WireObject, body, part, text_path,
};

pub(super) const RESOURCE: Resource = Resource {
    name: "avatars",
    doc: "Avatars: the faces that join a room.",
    operations: &[&LIST, &UPLOAD_FACE, &UPLOAD_FACE_URL, &UPLOAD_FACE_BASE64, &PREVIEW, &DELETE],
};

model! {
    /// The avatars that can join a room.
    AvatarList {
        /// The avatars that everyone may use.
        public_avatars: Vec<Avatar>,
        /// Your own avatars.
        my_avatars: Vec<Avatar>,
    }
}

model! {
    /// A face that joins a room.
    Avatar {
        /// The avatar's id, such as `PUBLIC/Avatars/sara-office`.
        id: Id = ["avatar_id", "id"],
        /// The tags.
        tags: Option<Vec<String>>,
        /// The URL of a small picture.
        preview_url: Option<String>,
        /// The URL of the picture.
        image_url: Option<String>,
    }
}

model! {
    /// A page on which an avatar can be tried.
    AvatarPreview {
        /// The URL of the page. It can be opened once, for 5 minutes.
        url: String,
    }
}

params! {
    /// Parameters of `avatars.upload_face_url`.
    UploadFaceUrlAvatar {
        /// The URL of a picture with one face.
        image_url: String => body(Rule::WEB_URL).required(),
    }
}

params! {
    /// Parameters of `avatars.upload_face_base64`.
    UploadFaceBase64Avatar {
        /// A picture with one face in base64, as a data URI or bare: JPEG, PNG, GIF or WebP, at most 10 MB.
        image_base64: String => body(Rule::Picture).required(),
    }
}

params! {
    /// Parameters of `avatars.preview`.
    PreviewAvatar {
        /// The avatar's id, with or without `PUBLIC/`.
        avatar_id: Id => body(Rule::TEXT_ID).required(),
    }
}

static OBJECT: WireObject = WireObject {
    name: "Avatar",
    fields: &[text("avatar_id"), texts("tags"), text("preview_url").or_null(), text("image_url").or_null()],
};

/// The response to an upload, which has no envelope.
const UPLOADED: &[WireField] = &[SUCCESS, text("avatar_id"), text("preview_url"), text("image_url")];

/// What the three ways to upload a picture have in common.
const UPLOAD: Operation = Operation {
    method: Method::Post,
    path: "/v1/avatars/upload-face",
    repeat: Repeat::IfUnsent,
    shown_by: Some("avatars.list"),
    status: 201,
    answer: Answer::One { model: Avatar::MODEL, under: &[] },
    wire: Wire::Object(UPLOADED),
    errors: &[Kind::PermissionDenied],
    ..ROOMS
};

/// `GET /v1/avatars`
pub static LIST: Operation = Operation {
    name: "avatars.list",
    summary: "Returns the avatars that everyone may use, and yours.",
    path: "/v1/avatars",
    answer: Answer::One { model: AvatarList::MODEL, under: &[] },
    wire: Wire::Object(&[SUCCESS, list("public_avatars", &OBJECT), list("my_avatars", &OBJECT)]),
    ..ROOMS
};

/// `POST /v1/avatars/upload-face` with a file
pub static UPLOAD_FACE: Operation = Operation {
    name: "avatars.upload_face",
    summary: "Creates an avatar from a picture with one face. The file is streamed.",
    params: &[Param {
        name: "file",
        doc: "The picture: a path or a readable stream. JPEG, PNG, GIF or WebP, at most 10 MB; size and format are checked before anything is sent.",
        ..part(Rule::File(Content::Picture)).required()
    }],
    ..UPLOAD
};

/// `POST /v1/avatars/upload-face` with a URL
pub static UPLOAD_FACE_URL: Operation = Operation {
    name: "avatars.upload_face_url",
    summary: "Creates an avatar from the URL of a picture with one face.",
    params: UploadFaceUrlAvatar::PARAMS,
    ..UPLOAD
};

/// `POST /v1/avatars/upload-face` with base64
pub static UPLOAD_FACE_BASE64: Operation = Operation {
    name: "avatars.upload_face_base64",
    summary: "Creates an avatar from a picture in base64 with one face.",
    params: UploadFaceBase64Avatar::PARAMS,
    ..UPLOAD
};

/// `POST /v1/avatars/preview`
pub static PREVIEW: Operation = Operation {
    name: "avatars.preview",
    summary: "Returns the URL of a page on which an avatar can be tried, once.",
    method: Method::Post,
    path: "/v1/avatars/preview",
    repeat: Repeat::IfUnsent,
    params: PreviewAvatar::PARAMS,
    answer: Answer::One { model: AvatarPreview::MODEL, under: &[] },
    wire: Wire::Object(&[SUCCESS, text("url")]),
    errors: &[Kind::PermissionDenied, Kind::NotFound],
    ..ROOMS
};

/// `DELETE /v1/avatars/{id}`
pub static DELETE: Operation = Operation {
    name: "avatars.delete",
    summary: "Deletes one of your avatars.",
    method: Method::Delete,
    path: "/v1/avatars/{id}",
    path_param: Some(text_path("id", "The avatar's id.")),
    wire: DONE,
    errors: &[Kind::PermissionDenied, Kind::NotFound],
    ..ROOMS
};
