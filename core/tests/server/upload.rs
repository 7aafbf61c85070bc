//! Uploads to servers that read slowly.

use agenthuman::api::avatars::UploadAvatar;
use agenthuman::{Client, Kind, Upload};
use agenthuman_testing::made_up::KEY;
use agenthuman_testing::response::json as response;
use agenthuman_testing::scripted::server;
use agenthuman_testing::tls::Authority;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const FILE: usize = 4 << 20;
/// The server takes that many bytes, and rests.
const STEP: usize = 64 * 1024;
const REST: Duration = Duration::from_millis(80);
/// Shorter than the whole upload, longer than any of its steps.
const TIMEOUT: Duration = Duration::from_secs(2);
/// How far the progress may be ahead of what the server has read: what the client, its kernel and the server's kernel keep.
const AHEAD: u64 = 768 * 1024;
const AVATAR: &str =
    r#"{"success":true,"avatar":{"avatar_id":1,"name":"A","url":"https://files.example.com/a.png","cloudinary_id":"a"}}"#;

/// Uploads a file, and checks that the progress follows what the server has read by then.
async fn upload(client: Client, taken: Arc<AtomicU64>) {
    let steps = Arc::new(Mutex::new(Vec::new()));
    let record = steps.clone();
    let file = Upload::from_reader(std::io::Cursor::new(vec![7; FILE]), Some(FILE as u64))
        .file_name("a.png")
        .on_progress(move |sent, _| record.lock().unwrap().push((sent, taken.load(Ordering::SeqCst))));
    client.avatars().upload(file, UploadAvatar::new("A")).await.unwrap();
    let steps = steps.lock().unwrap();
    assert_eq!(steps.last().unwrap().0, FILE as u64);
    let ahead = steps.iter().map(|(sent, taken)| sent.saturating_sub(*taken)).max().unwrap();
    assert!(ahead < AHEAD, "{ahead}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_of_http1_does_not_make_an_upload_time_out() {
    let taken = Arc::new(AtomicU64::new(0));
    let count = taken.clone();
    let address = server(move |mut stream, _| {
        let mut end = Vec::new();
        let mut step = vec![0; STEP];
        while !end.ends_with(b"--\r\n") {
            let read = stream.read(&mut step).unwrap();
            assert!(read > 0, "the client closed");
            count.fetch_add(read as u64, Ordering::SeqCst);
            end = step[read.saturating_sub(4)..read].to_vec();
            std::thread::sleep(REST);
        }
        stream.write_all(&response(AVATAR)).unwrap();
    });
    let builder = Client::builder().base_url(format!("http://{address}")).api_key(KEY);
    upload(builder.timeout(TIMEOUT).build().unwrap(), taken).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_of_http2_does_not_make_an_upload_time_out() {
    let authority = Authority::new().unwrap();
    let acceptor = authority.acceptor(None, b"h2").unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let taken = Arc::new(AtomicU64::new(0));
    let count = taken.clone();
    tokio::spawn(async move {
        let stream = acceptor.accept(listener.accept().await.unwrap().0).await.unwrap();
        let mut connection = h2::server::handshake(stream).await.unwrap();
        let (mut request, mut respond) = connection.accept().await.unwrap().unwrap();
        tokio::spawn(async move { while connection.accept().await.is_some() {} });
        let mut since_rest = 0;
        while let Some(data) = request.body_mut().data().await {
            let data = data.unwrap();
            request.body_mut().flow_control().release_capacity(data.len()).unwrap();
            count.fetch_add(data.len() as u64, Ordering::SeqCst);
            since_rest += data.len();
            if since_rest >= STEP {
                since_rest = 0;
                tokio::time::sleep(REST).await;
            }
        }
        let mut body = respond.send_response(http::Response::new(()), false).unwrap();
        body.send_data(AVATAR.into(), true).unwrap();
    });
    let builder = Client::builder().base_url(url).api_key(KEY).ca_file(authority.file("upload").unwrap());
    upload(builder.timeout(TIMEOUT).build().unwrap(), taken).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_to_a_server_that_stops_reading_times_out() {
    let stops = server(|mut stream, _| {
        let _ = stream.read(&mut vec![0; STEP]);
        std::thread::park();
    });
    let builder = Client::builder().base_url(format!("http://{stops}")).api_key(KEY).timeout(Duration::from_millis(500));
    let file = Upload::from_reader(std::io::Cursor::new(vec![7; 4 * FILE]), Some(4 * FILE as u64)).file_name("a.png");
    let params = UploadAvatar::new("A");
    let error = builder.build().unwrap().avatars().upload(file, params).await.unwrap_err();
    assert_eq!((error.kind(), error.info().outcome_unknown), (Kind::Timeout, true), "{error:?}");
}
