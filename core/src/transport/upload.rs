//! The file of a multipart upload: streamed from a path, a reader, or chunk by chunk from the host.

use super::Deadline;
use crate::error::{Error, Kind, Result};
use crate::host::HostChannel;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{BoxStream, unfold};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::AsyncRead;
use tokio_util::io::ReaderStream;

/// A file to send, and who is told how far it is.
pub struct Upload {
    source: Source,
    file_name: Option<String>,
    content_type: Option<String>,
    progress: Option<Progress>,
}

enum Source {
    Path(PathBuf),
    Reader {
        reader: Box<dyn AsyncRead + Send + Unpin>,
        length: Option<u64>,
    },
    /// The host pulls the chunks out of an object of its own.
    Host {
        length: Option<u64>,
    },
}

type ProgressFn = Arc<dyn Fn(u64, Option<u64>) + Send + Sync>;

enum Progress {
    Function(ProgressFn),
    Host,
}

impl Upload {
    /// The file at a path; it is opened before anything is sent.
    pub fn from_path(path: impl Into<PathBuf>) -> Upload {
        Upload::new(Source::Path(path.into()))
    }

    /// A reader, and its length in bytes where it is known.
    pub fn from_reader(reader: impl AsyncRead + Send + Unpin + 'static, length: Option<u64>) -> Upload {
        Upload::new(Source::Reader { reader: Box::new(reader), length })
    }

    pub(crate) fn from_host(length: Option<u64>) -> Upload {
        Upload::new(Source::Host { length })
    }

    fn new(source: Source) -> Upload {
        Upload { source, file_name: None, content_type: None, progress: None }
    }

    /// The name the service is told; by default the path's own.
    pub fn file_name(mut self, name: impl Into<String>) -> Upload {
        self.file_name = Some(name.into());
        self
    }

    /// The media type (`image/png`); by default from the file name's ending.
    pub fn content_type(mut self, media_type: impl Into<String>) -> Upload {
        self.content_type = Some(media_type.into());
        self
    }

    /// Is told the bytes sent, and the bytes in all where they are known.
    pub fn on_progress(mut self, told: impl Fn(u64, Option<u64>) + Send + Sync + 'static) -> Upload {
        self.progress = Some(Progress::Function(Arc::new(told)));
        self
    }

    pub(crate) fn tell_host(mut self) -> Upload {
        self.progress = Some(Progress::Host);
        self
    }

    /// Opens the file, so that one that is not there is refused before anything is sent.
    pub(crate) async fn open(self, host: Option<&HostChannel>, deadline: &Deadline) -> Result<OpenUpload> {
        let (chunks, length, name) = match self.source {
            Source::Path(path) => {
                let file = tokio::fs::File::open(&path).await.map_err(|error| unreadable(&path, &error))?;
                let data = file.metadata().await.map_err(|error| unreadable(&path, &error))?;
                if !data.is_file() {
                    return Err(refused(format!("file {} is not a file", path.display())));
                }
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
                (read_chunks(file), Some(data.len()), name)
            }
            Source::Reader { reader, length } => (read_chunks(reader), length, None),
            Source::Host { length } => {
                let host = host.cloned().ok_or_else(|| refused("file has nobody to read it".to_owned()))?;
                (host_chunks(host), length, None)
            }
        };
        let told = match self.progress {
            None => None,
            Some(Progress::Function(told)) => Some(told),
            Some(Progress::Host) => host.cloned().map(|host| -> ProgressFn { Arc::new(move |sent, of| host.progress(sent, of)) }),
        };
        let file_name = self.file_name.or(name).unwrap_or_else(|| "upload".to_owned());
        if file_name.chars().any(char::is_control) {
            return Err(refused("file has a name with control characters".to_owned()));
        }
        let content_type = self.content_type.unwrap_or_else(|| guess(&file_name).to_owned());
        if content_type.parse::<reqwest::header::HeaderValue>().is_err() || !content_type.contains('/') {
            return Err(refused("file has a content type that is none".to_owned()));
        }
        Ok(OpenUpload { chunks: counted(chunks, length, told, deadline.clone()), length, file_name, content_type })
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("file_name", &self.file_name).finish_non_exhaustive()
    }
}

/// A file that is ready to be sent, once.
pub(crate) struct OpenUpload {
    chunks: BoxStream<'static, io::Result<Bytes>>,
    length: Option<u64>,
    file_name: String,
    content_type: String,
}

impl OpenUpload {
    pub fn into_form(self, fields: &[(&'static str, String)]) -> Result<Form> {
        let stream = reqwest::Body::wrap_stream(self.chunks);
        let part = match self.length {
            Some(length) => reqwest::multipart::Part::stream_with_length(stream, length),
            None => reqwest::multipart::Part::stream(stream),
        };
        let part = part
            .file_name(self.file_name)
            .mime_str(&self.content_type)
            .map_err(|_| refused("file has a content type that is none".to_owned()))?;
        let form = fields.iter().fold(reqwest::multipart::Form::new(), |form, (name, value)| form.text(*name, value.clone()));
        Ok(Form(form.part("file", part)))
    }
}

/// A file and the fields that go with it.
pub(crate) struct Form(reqwest::multipart::Form);

impl Form {
    /// The request with the form as its body.
    pub fn attach(self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        request.multipart(self.0)
    }
}

fn read_chunks(reader: impl AsyncRead + Send + Unpin + 'static) -> BoxStream<'static, io::Result<Bytes>> {
    const CHUNK: usize = 64 * 1024;
    ReaderStream::with_capacity(reader, CHUNK).boxed()
}

fn host_chunks(host: HostChannel) -> BoxStream<'static, io::Result<Bytes>> {
    unfold(Some(host), |host| async move {
        let host = host?;
        match host.chunk().await {
            Ok(chunk) if chunk.is_empty() => None,
            Ok(chunk) => Some((Ok(chunk), Some(host))),
            Err(why) => Some((Err(io::Error::other(ReadFailed(why))), None)),
        }
    })
    .boxed()
}

/// Counts what is sent, tells it, and sees that it is as much as was announced.
fn counted(
    chunks: BoxStream<'static, io::Result<Bytes>>,
    length: Option<u64>,
    told: Option<ProgressFn>,
    deadline: Deadline,
) -> BoxStream<'static, io::Result<Bytes>> {
    let failed = |why: String| Some(Err(io::Error::other(ReadFailed(why))));
    let differs = move |sent| format!("it has {sent} bytes, and {} were announced", length.unwrap_or_default());
    unfold((chunks, 0), move |(mut chunks, mut sent)| {
        let (told, deadline) = (told.clone(), deadline.clone());
        async move {
            let item = match chunks.next().await {
                None if length.is_some_and(|length| sent < length) => failed(differs(sent)),
                None => None,
                // Marked, so that a fault of the file is not taken for one of the connection.
                Some(Err(error)) if error.get_ref().is_none_or(|cause| !cause.is::<ReadFailed>()) => {
                    failed(error.kind().to_string())
                }
                Some(Err(error)) => Some(Err(error)),
                Some(Ok(chunk)) => {
                    sent += chunk.len() as u64;
                    deadline.progressed();
                    if length.is_some_and(|length| sent > length) {
                        failed(differs(sent))
                    } else {
                        if let Some(told) = &told {
                            told(sent, length);
                        }
                        Some(Ok(chunk))
                    }
                }
            };
            item.map(|item| (item, (chunks, sent)))
        }
    })
    .fuse()
    .boxed()
}

/// Why a file that is being sent cannot be read to its end.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ReadFailed(String);

impl ReadFailed {
    pub(crate) fn error(&self) -> Error {
        refused(format!("file could not be read to its end: {self}"))
    }
}

fn guess(file_name: &str) -> &'static str {
    let ending = Path::new(file_name).extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    match ending.as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "mp4" => "video/mp4",
        "mov" => "video/quicktime",
        "webm" => "video/webm",
        _ => "application/octet-stream",
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    refused(format!("file {} cannot be read: {}", path.display(), error.kind()))
}

fn refused(message: String) -> Error {
    Error::new(Kind::InvalidArgument, message).parameter("file")
}
