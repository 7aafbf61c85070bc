//! The file of a multipart upload: streamed from a path, a reader, or chunk by chunk from the host.

use super::{Deadline, RequestBody};
use crate::Object;
use crate::error::{Error, Kind, Result};
use crate::picture;
use crate::question::HostChannel;
use crate::vocabulary::Content;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{BoxStream, iter, unfold};
use http::HeaderValue;
use ring::digest;
use serde_json::Value;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::AsyncRead;
use tokio_util::io::ReaderStream;

/// A file to upload, and the receiver of its progress.
pub struct Upload {
    source: Source,
    file_name: Option<String>,
    content_type: Option<String>,
    progress: Option<Progress>,
    content: Content,
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
        Upload { source, file_name: None, content_type: None, progress: None, content: Content::Any }
    }

    /// The file name for the service. Default: the name in the path.
    pub fn file_name(mut self, name: impl Into<String>) -> Upload {
        self.file_name = Some(name.into());
        self
    }

    /// The media type (`image/png`); by default from the file name's ending.
    pub fn content_type(mut self, media_type: impl Into<String>) -> Upload {
        self.content_type = Some(media_type.into());
        self
    }

    /// Receives the bytes sent, and the size of the file if it is known. On Linux and Android, at
    /// most about 128 KiB of them have not left this machine; elsewhere the kernel may buffer more.
    pub fn on_progress(mut self, report: impl Fn(u64, Option<u64>) + Send + Sync + 'static) -> Upload {
        self.progress = Some(Progress::Function(Arc::new(report)));
        self
    }

    /// Sets the content that it must have, which is checked before anything is sent.
    pub(crate) fn of(mut self, content: Content) -> Upload {
        self.content = content;
        self
    }

    pub(crate) fn report_to_host(mut self) -> Upload {
        self.progress = Some(Progress::Host);
        self
    }

    /// Its name, media type, length and path as JSON, as far as they are set. The file is not opened.
    pub(crate) fn describe(&self) -> Value {
        let (path, length) = match &self.source {
            Source::Path(path) => (Some(path.display().to_string()), None),
            Source::Reader { length, .. } | Source::Host { length } => (None, *length),
        };
        let fields = [
            ("name", self.file_name.clone().map(Value::from)),
            ("content_type", self.content_type.clone().map(Value::from)),
            ("path", path.map(Value::from)),
            ("length", length.map(Value::from)),
        ];
        fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect::<Object>().into()
    }

    /// Opens the file, so that a missing file is an error before anything is sent.
    pub(crate) async fn open(self, host: Option<&HostChannel>, deadline: &Deadline) -> Result<OpenUpload> {
        let (chunks, length, name) = match self.source {
            Source::Path(path) => {
                let file = tokio::fs::File::open(&path).await.map_err(|error| unreadable(&path, &error))?;
                let data = file.metadata().await.map_err(|error| unreadable(&path, &error))?;
                if !data.is_file() {
                    return Err(refused(format!("file {} is not a regular file", path.display())));
                }
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
                (read_chunks(file), Some(data.len()), name)
            }
            Source::Reader { reader, length } => (read_chunks(reader), length, None),
            Source::Host { length } => {
                let host = host.cloned().ok_or_else(|| refused("file can be read only during a call".to_owned()))?;
                (host_chunks(host), length, None)
            }
        };
        let report = match self.progress {
            None => None,
            Some(Progress::Function(report)) => Some(report),
            Some(Progress::Host) => host.cloned().map(|host| -> ProgressFn { Arc::new(move |sent, of| host.progress(sent, of)) }),
        };
        let file_name = self.file_name.or(name).unwrap_or_else(|| "upload".to_owned());
        if file_name.chars().any(char::is_control) {
            return Err(refused("the name of file must not contain control characters".to_owned()));
        }
        let content_type = self.content_type.unwrap_or_else(|| guess(&file_name).to_owned());
        if content_type.parse::<HeaderValue>().is_err() || !content_type.contains('/') {
            let name: String = content_type.chars().filter(|c| !c.is_control()).take(64).collect();
            return Err(refused(format!("file: {name:?} is not a media type, such as image/png")));
        }
        let chunks = match self.content {
            Content::Any => chunks,
            Content::Picture => of_picture(chunks, length).await?,
        };
        let chunks = counted(in_small_chunks(chunks), length, report, deadline.clone());
        Ok(OpenUpload { chunks, length, file_name, content_type, watch: None })
    }
}

/// Returns the same chunks, if they begin as a picture does. The size of a file whose length is unknown is checked while it is
/// read.
async fn of_picture(
    chunks: BoxStream<'static, io::Result<Bytes>>,
    length: Option<u64>,
) -> Result<BoxStream<'static, io::Result<Bytes>>> {
    let invalid = |why: &str| refused(format!("file {why}"));
    if let Some(length) = length {
        picture::check_size(length).map_err(|why| invalid(&why))?;
    }
    // The whole file may be shorter than a signature.
    let mut chunks = chunks.fuse();
    let (mut begun, mut head) = (Vec::new(), Vec::new());
    while head.len() < picture::SIGNATURE {
        let Some(chunk) = chunks.next().await else { break };
        let is_error = chunk.is_err();
        if let Ok(bytes) = &chunk {
            head.extend_from_slice(&bytes[..bytes.len().min(picture::SIGNATURE)]);
        }
        begun.push(chunk);
        if is_error {
            return Ok(iter(begun).chain(chunks).boxed());
        }
    }
    if head.is_empty() {
        return Err(invalid("must not be empty"));
    }
    picture::format(&head).ok_or_else(|| invalid(picture::WRONG_FORMAT))?;
    let mut read = 0;
    let limited = iter(begun).chain(chunks).map(move |chunk| {
        let chunk = chunk?;
        read += chunk.len() as u64;
        picture::check_size(read.max(1)).map_err(io::Error::other)?;
        Ok(chunk)
    });
    Ok(limited.boxed())
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
    watch: Option<FileWatch>,
}

/// The content of a file, once it has been read to its end.
#[derive(Clone, Default)]
pub(crate) struct FileWatch(Arc<Mutex<Option<(u64, String)>>>);

impl FileWatch {
    /// Returns the length in bytes and the SHA-256 of the bytes.
    pub fn content(&self) -> Option<(u64, String)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The same chunks, of which it learns.
    fn over(&self, chunks: BoxStream<'static, io::Result<Bytes>>) -> BoxStream<'static, io::Result<Bytes>> {
        let watch = self.clone();
        unfold((chunks, digest::Context::new(&digest::SHA256), 0), move |(mut chunks, mut hash, mut length)| {
            let watch = watch.clone();
            async move {
                let chunk = chunks.next().await;
                match &chunk {
                    Some(Ok(bytes)) => {
                        hash.update(bytes);
                        length += bytes.len() as u64;
                    }
                    Some(Err(_)) => {}
                    None => {
                        let sha256 = hash.clone().finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
                        *watch.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((length, sha256));
                    }
                }
                chunk.map(|chunk| (chunk, (chunks, hash, length)))
            }
        })
        .boxed()
    }
}

/// What a form consists of.
#[derive(Clone)]
pub(crate) struct Parts {
    pub fields: Vec<(&'static str, String)>,
    pub file_name: String,
    pub content_type: String,
    pub file: FileWatch,
}

impl OpenUpload {
    /// The same file, whose form has its parts.
    pub fn watched(self) -> OpenUpload {
        let watch = FileWatch::default();
        OpenUpload { chunks: watch.over(self.chunks), watch: Some(watch), ..self }
    }

    /// The file and the fields that go with it, as `multipart/form-data`.
    pub fn into_form(self, fields: &[(&'static str, String)]) -> Result<Form> {
        let boundary = format!("{:032x}{:032x}", fastrand::u128(..), fastrand::u128(..));
        let content_type = HeaderValue::try_from(format!("multipart/form-data; boundary={boundary}"))
            .map_err(|_| refused("file cannot be sent".to_owned()))?;
        let mut head: String = fields
            .iter()
            .map(|(name, value)| format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"))
            .collect();
        let file_name = self.file_name.replace('\\', "\\\\").replace('"', "\\\"");
        head += &format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{file_name}\"\r\n\
             Content-Type: {}\r\n\r\n",
            self.content_type
        );
        let tail = format!("\r\n--{boundary}--\r\n");
        let length = self.length.map(|length| length + (head.len() + tail.len()) as u64);
        let part = |text: String| futures_util::stream::iter([Ok(Bytes::from(text))]);
        let chunks = part(head).chain(self.chunks).chain(part(tail)).boxed();
        let (file_name, media_type) = (self.file_name, self.content_type);
        let parts = self.watch.map(|file| Parts { fields: fields.to_vec(), file_name, content_type: media_type, file });
        Ok(Form { body: RequestBody::stream(chunks, length), content_type, parts })
    }
}

/// A file and the fields that go with it.
pub(crate) struct Form {
    body: RequestBody,
    content_type: HeaderValue,
    parts: Option<Parts>,
}

impl Form {
    /// Returns the parts, if the file is watched.
    pub fn parts(&self) -> Option<Parts> {
        self.parts.clone()
    }

    /// The body, and its content type.
    pub fn into_parts(self) -> (RequestBody, HeaderValue) {
        (self.body, self.content_type)
    }
}

fn read_chunks(reader: impl AsyncRead + Send + Unpin + 'static) -> BoxStream<'static, io::Result<Bytes>> {
    ReaderStream::with_capacity(reader, CHUNK).boxed()
}

/// The maximum size of a piece for the connection: small, because the progress counts a piece when it is passed on.
const CHUNK: usize = 16 * 1024;

/// The same bytes in chunks of that size at most.
fn in_small_chunks(chunks: BoxStream<'static, io::Result<Bytes>>) -> BoxStream<'static, io::Result<Bytes>> {
    let split = |chunk: io::Result<Bytes>| {
        let pieces: Vec<_> = match chunk {
            Ok(bytes) => (0..bytes.len()).step_by(CHUNK).map(|at| Ok(bytes.slice(at..bytes.len().min(at + CHUNK)))).collect(),
            Err(error) => vec![Err(error)],
        };
        futures_util::stream::iter(pieces)
    };
    chunks.flat_map(split).boxed()
}

fn host_chunks(host: HostChannel) -> BoxStream<'static, io::Result<Bytes>> {
    unfold(Some(host), |host| async move {
        let host = host?;
        match host.chunk().await {
            Ok(chunk) if chunk.is_empty() => None,
            Ok(chunk) => Some((Ok(chunk), Some(host))),
            Err(why) => Some((Err(io::Error::other(ReadFailed(why.to_string()))), None)),
        }
    })
    .boxed()
}

/// Counts the bytes sent, reports them, and checks them against the length.
fn counted(
    chunks: BoxStream<'static, io::Result<Bytes>>,
    length: Option<u64>,
    report: Option<ProgressFn>,
    deadline: Deadline,
) -> BoxStream<'static, io::Result<Bytes>> {
    let failed = |why: String| Some(Err(io::Error::other(ReadFailed(why))));
    let differs = move |sent| format!("got {sent} bytes; expected {}", length.unwrap_or_default());
    unfold((chunks, 0), move |(mut chunks, mut sent)| {
        let (report, deadline) = (report.clone(), deadline.clone());
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
                        if let Some(report) = &report {
                            report(sent, length);
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

/// The error of a file that could not be read completely.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ReadFailed(String);

impl ReadFailed {
    pub(crate) fn error(&self) -> Error {
        refused(format!("file could not be read completely: {self}"))
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
    refused(format!("file {} could not be read: {}", path.display(), error.kind()))
}

fn refused(message: String) -> Error {
    Error::new(Kind::InvalidArgument, message).parameter("file")
}
