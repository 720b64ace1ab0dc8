//! Files are uploaded, sent, and had by those who take part: and by nobody else.

use chat_e2e::{ATTACHMENTS, App, Rest, User, form, form_around, send_path, sha256_hex};
use chat_protocol::limits::{MAX_ATTACHMENT_BYTES, MAX_ATTACHMENTS};
use reqwest::Method;
use serde_json::{Value, json};

const PHOTO: &[u8] = include_bytes!("../attachments/files/photo.jpg");
const TURNED: &[u8] = include_bytes!("../attachments/files/photo-turned.jpg");
const PICTURES: [(&str, &[u8]); 4] = [
    ("image/jpeg", PHOTO),
    ("image/png", include_bytes!("../attachments/files/photo.png")),
    ("image/webp", include_bytes!("../attachments/files/photo.webp")),
    ("image/gif", include_bytes!("../attachments/files/photo.gif")),
];

fn url(attachment: &Value) -> &str {
    attachment["url"].as_str().expect("attachments have addresses")
}

fn ids(attachments: &[&Value]) -> Vec<Value> {
    attachments.iter().map(|attachment| attachment["id"].clone()).collect()
}

async fn person() -> User {
    App::shared().await.user("Ada").await
}

#[tokio::test]
async fn upload_tells_what_was_found() {
    let ada = person().await;
    let content = b"just some words\n";
    let attachment = ada.upload("notes.png", content).await;
    let fields: Vec<_> = attachment.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "content_type",
        "created_at",
        "duration_ms",
        "height",
        "id",
        "kind",
        "name",
        "sha256",
        "size",
        "thumbnail_url",
        "url",
        "waveform",
        "width",
    ];
    assert_eq!(fields, expected);
    let id = attachment["id"].as_str().unwrap();
    assert_eq!(id.as_bytes()[14], b'7', "{id}");
    for (field, expected) in [
        ("name", json!("notes.png")),
        ("content_type", json!("text/plain")),
        ("kind", json!("file")),
        ("size", json!(content.len())),
        ("sha256", json!(sha256_hex(content))),
        ("url", json!(format!("{ATTACHMENTS}{id}/"))),
        ("thumbnail_url", Value::Null),
        ("width", Value::Null),
        ("waveform", Value::Null),
    ] {
        assert_eq!(attachment[field], expected, "{field}");
    }
    let download = ada.download(url(&attachment)).await;
    assert_eq!((download.status, download.bytes), (200, content.to_vec()));
}

#[tokio::test]
async fn type_is_that_of_the_bytes_whatever_the_client_says() {
    let ada = person().await;
    for (content, content_type, kind, served) in [
        (&b"<!DOCTYPE html><script>alert(1)</script>"[..], "text/html", "file", "application/octet-stream"),
        (b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "image/svg+xml", "file", "application/octet-stream"),
        (b"<?xml version=\"1.0\"?><a/>", "text/xml", "file", "application/octet-stream"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "application/pdf", "file", "application/pdf"),
        (b"GIF89a/*\x01", "application/octet-stream", "file", "application/octet-stream"),
        (b"\x89PNG\r\n\x1a\nno picture", "application/octet-stream", "file", "application/octet-stream"),
        (b"ID3 is a tag", "text/plain", "file", "text/plain; charset=utf-8"),
        (PICTURES[1].1, "image/png", "image", "image/png"),
    ] {
        // The form's part says image/png.
        let attachment = ada.upload("picture.png", content).await;
        let found = [&attachment["content_type"], &attachment["kind"]];
        assert_eq!(found, [content_type, kind], "{}", String::from_utf8_lossy(content));
        let download = ada.download(url(&attachment)).await;
        assert_eq!(download.header("content-type"), served, "{content_type}");
        let is_inline = download.header("content-disposition").starts_with("inline;");
        assert_eq!(is_inline, kind == "image", "{content_type}");
        assert_eq!(download.header("x-content-type-options"), "nosniff");
        assert_eq!(download.header("content-security-policy"), "default-src 'none'; sandbox");
    }
}

#[tokio::test]
async fn what_is_no_form_with_one_file_is_refused_and_leaves_nothing() {
    let ada = person().await;
    let json = ada.request(Method::POST, ATTACHMENTS).json(&json!({"file": "x"}));
    Rest::send(json).await.refused(415, "unsupported_media_type");
    Rest::send(ada.request(Method::POST, ATTACHMENTS)).await.refused(415, "unsupported_media_type");
    let (before, after) = form_around("form-data; name=\"other\"; filename=\"a\"");
    let other = [&before[..], b"x", &after[..]].concat();
    let (before, _) = form_around("form-data; name=\"file\"; filename=\"a\"");
    let cut = [&before[..], b"half of"].concat();
    for (form, field) in [
        (other, Some("file")),
        (form("a", b""), Some("file")),
        (form(&"x".repeat(256), b"x"), Some("file")),
        (cut, None),
        (b"nothing".to_vec(), None),
    ] {
        let answer = Rest::send(ada.form_request(form)).await.refused(400, "invalid");
        assert_eq!(
            answer.body["errors"].as_object().and_then(|errors| errors.keys().next()).map(String::as_str),
            field
        );
    }
    let large = vec![0; usize::try_from(MAX_ATTACHMENT_BYTES).unwrap() + 1];
    ada.try_upload("large", &large).await.refused(413, "too_large");
    ada.try_upload("fits", &large[1..]).await.expect(201);
    let larger = vec![0; large.len() + 1_000_000];
    ada.try_upload("larger", &larger).await.refused(413, "too_large");
    let app = App::shared().await;
    app.anon().try_upload("a", b"x").await.refused(401, "not_authenticated");
    let finished = app.database().await.count_attachments(ada.id).await;
    assert_eq!(finished, 1, "of all these one is an attachment");
}

#[tokio::test]
async fn names_of_any_kind_survive_and_none_is_a_path() {
    let ada = person().await;
    for (name, header) in [
        ("a b.txt", "attachment; filename=\"a b.txt\"; filename*=UTF-8''a%20b.txt"),
        (
            "Küche „vorher“.txt",
            "attachment; filename=\"K_che _vorher_.txt\"; filename*=UTF-8''K%C3%BCche%20%E2%80%9Evorher%E2%80%9C.txt",
        ),
        ("a\"b;c=%41.txt", "attachment; filename=\"a_b;c=_41.txt\"; filename*=UTF-8''a%22b%3Bc%3D%2541.txt"),
        ("a\r\nSet-Cookie: x", "attachment; filename=\"a__Set-Cookie: x\"; filename*=UTF-8''a__Set-Cookie%3A%20x"),
        ("../../etc/passwd", "attachment; filename=\".._.._etc_passwd\"; filename*=UTF-8''.._.._etc_passwd"),
        ("..", "attachment; filename=\"__\"; filename*=UTF-8''__"),
        ("C:\\temp\\x.txt", "attachment; filename=\"C:_temp_x.txt\"; filename*=UTF-8''C%3A_temp_x.txt"),
        ("\u{202e}txt.exe", "attachment; filename=\"_txt.exe\"; filename*=UTF-8''%E2%80%AEtxt.exe"),
        ("😀.html", "attachment; filename=\"_.html\"; filename*=UTF-8''%F0%9F%98%80.html"),
    ] {
        let attachment = ada.upload(name, b"words").await;
        assert_eq!(attachment["name"], name);
        let download = ada.download(url(&attachment)).await;
        assert_eq!(download.header("content-disposition"), header);
    }
    let (before, after) =
        form_around("form-data; name=\"file\"; filename=\"x\"; filename*=UTF-8''%E2%82%AC%20rates.txt");
    let answer = Rest::send(ada.form_request([&before[..], b"x", &after[..]].concat())).await.expect(201);
    assert_eq!(answer.body["name"], "€ rates.txt");
}

#[tokio::test]
async fn pictures_lose_what_is_no_picture_and_get_a_thumbnail() {
    let ada = person().await;
    for (content_type, photo) in PICTURES {
        assert!(photo.windows(6).any(|window| window == b"CANARY"), "{content_type}");
        let attachment = ada.upload("photo", photo).await;
        assert_eq!([&attachment["content_type"], &attachment["kind"]], [content_type, "image"]);
        let download = ada.download(url(&attachment)).await;
        for mark in [&b"CANARY"[..], b"Exif", b"EXIF"] {
            assert!(!download.bytes.windows(mark.len()).any(|window| window == mark), "{content_type}");
        }
        assert_eq!(attachment["sha256"], sha256_hex(&download.bytes), "the hash is that of what is served");
        assert_eq!(attachment["size"], download.bytes.len());
        let thumbnail = ada.download(attachment["thumbnail_url"].as_str().unwrap()).await;
        assert_eq!(thumbnail.status, 200);
        assert_eq!(thumbnail.header("content-type"), "image/jpeg");
        assert!(thumbnail.bytes.starts_with(&[0xFF, 0xD8]));
        assert_eq!(
            thumbnail.header("content-disposition"),
            "inline; filename=\"thumbnail.jpeg\"; filename*=UTF-8''thumbnail.jpeg"
        );
    }
    let [photo, turned] = [ada.upload("photo", PHOTO).await, ada.upload("turned", TURNED).await];
    assert_eq!([&photo["width"], &photo["height"]], [96, 64]);
    assert_eq!([&turned["width"], &turned["height"]], [64, 96]);
    let words = ada.upload("words", b"words").await;
    ada.get(&format!("{}thumbnail/", url(&words))).await.refused(404, "not_found");
}

/// A PNG of one row of data that says that it has this many columns and rows.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut file = PICTURES[1].1.to_vec();
    file[16..20].copy_from_slice(&width.to_be_bytes());
    file[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = file[12..29].iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 })
    });
    file[29..33].copy_from_slice(&(!sum).to_be_bytes());
    file
}

#[tokio::test]
async fn pixel_bombs_are_refused() {
    let ada = person().await;
    for (width, height) in [(50_000, 50_000), (30_001, 1), (10_000, 5001)] {
        let answer = ada.try_upload("bomb.png", &bomb(width, height)).await.refused(413, "too_large");
        assert!(answer.body["errors"]["file"].is_array(), "{}", answer.body);
    }
}

#[tokio::test]
async fn recordings_are_measured() {
    let ada = person().await;
    for (content_type, file) in [
        ("audio/ogg", &include_bytes!("../attachments/files/voice.ogg")[..]),
        ("audio/webm", include_bytes!("../attachments/files/voice.webm")),
        ("audio/mp4", include_bytes!("../attachments/files/voice.m4a")),
        ("audio/mpeg", include_bytes!("../attachments/files/voice.mp3")),
        ("audio/wav", include_bytes!("../attachments/files/voice.wav")),
    ] {
        let attachment = ada.upload("voice", file).await;
        assert_eq!([&attachment["content_type"], &attachment["kind"]], [content_type, "voice"]);
        let duration = attachment["duration_ms"].as_i64().unwrap();
        assert!((1900..2200).contains(&duration), "{content_type}: {duration}");
        let waveform: Vec<u8> = serde_json::from_value(attachment["waveform"].clone()).unwrap();
        assert_eq!((waveform.len(), waveform.iter().max()), (64, Some(&100)), "{content_type}");
        assert!(waveform[10] < 20 && waveform[50] > 50, "{content_type}: {waveform:?}");
    }
    let movie = ada.upload("movie", include_bytes!("../attachments/files/movie.mp4")).await;
    assert_eq!([&movie["content_type"], &movie["kind"]], ["video/mp4", "file"]);
    let broken = ada.upload("voice", b"OggS\0\x02\0\0\0\0\0\0\0\0broken").await;
    assert_eq!(
        [&broken["kind"], &broken["duration_ms"], &broken["waveform"]],
        [&json!("voice"), &Value::Null, &Value::Null]
    );
}

#[tokio::test]
async fn parts_are_had_by_range_and_what_is_there_is_not_sent_again() {
    let ada = person().await;
    // Longer than what is read from the store at once.
    let content: Vec<u8> = (0..1_500_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
    let attachment = ada.upload("long.bin", &content).await;
    let ask = |method: Method, headers: &[(&'static str, &str)]| {
        let request = ada.request(method, url(&attachment));
        Rest::fetch(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)))
    };
    let whole = ask(Method::GET, &[]).await;
    assert_eq!((whole.status, whole.header("content-length")), (200, "1500000"));
    assert!(whole.bytes == content);
    assert_eq!(whole.header("accept-ranges"), "bytes");
    assert_eq!(whole.header("cache-control"), "private, no-cache");
    let etag = format!("\"{}\"", sha256_hex(&content));
    assert_eq!(whole.header("etag"), etag);
    for (range, expected) in [
        ("bytes=0-0", 0..1),
        ("bytes=1000000-1400000", 1_000_000..1_400_001),
        ("bytes=1499990-", 1_499_990..1_500_000),
        ("bytes=-5", 1_499_995..1_500_000),
        ("bytes=7-99999999", 7..1_500_000),
    ] {
        let part = ask(Method::GET, &[("range", range)]).await;
        assert_eq!(part.status, 206, "{range}");
        let content_range = format!("bytes {}-{}/1500000", expected.start, expected.end - 1);
        assert_eq!(part.header("content-range"), content_range);
        assert!(part.bytes == content[expected.clone()], "{range}");
        assert_eq!(part.header("content-length"), expected.len().to_string());
    }
    let beyond = ask(Method::GET, &[("range", "bytes=1500000-")]).await;
    assert_eq!((beyond.status, beyond.header("content-range")), (416, "bytes */1500000"));
    let several = ask(Method::GET, &[("range", "bytes=0-1,5-6")]).await;
    assert_eq!((several.status, several.bytes.len()), (200, content.len()));
    let same = ask(Method::GET, &[("if-none-match", &etag)]).await;
    assert_eq!((same.status, same.bytes.len(), same.header("etag")), (304, 0, &*etag));
    assert_eq!(ask(Method::GET, &[("range", "bytes=0-1"), ("if-range", &etag)]).await.status, 206);
    assert_eq!(ask(Method::GET, &[("range", "bytes=0-1"), ("if-range", "\"old\"")]).await.status, 200);
    let head = ask(Method::HEAD, &[]).await;
    assert_eq!((head.status, head.bytes.len(), head.header("content-length")), (200, 0, "1500000"));
    assert_eq!(head.header("etag"), etag);
    let head = ask(Method::HEAD, &[("range", "bytes=0-9")]).await;
    assert_eq!((head.status, head.header("content-length")), (206, "10"));
}

#[tokio::test]
async fn sent_files_come_with_their_message_everywhere() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut socket = ben.open(1, &direct).await;
    let photo = ada.upload("photo.jpg", PHOTO).await;
    let words = ada.upload("words.txt", b"words").await;
    let message = ada.send_attachments(&direct, &[&words, &photo]).await;
    assert_eq!(message["attachments"], json!([words, photo]), "as they were uploaded, in the order of the message");
    assert_eq!(message["content"], "");
    let live = socket.messages(1).await.remove(0);
    assert_eq!(live["attachments"], message["attachments"]);
    let history = ben.history(&direct, "").await;
    assert_eq!(history["results"][0]["attachments"], message["attachments"]);
    let events = ben.get(&format!("/api/chat/conversations/{direct}/events/?after_seq=1")).await.expect(200).body;
    assert_eq!(events["results"][0]["message"]["attachments"], message["attachments"]);
    let list = ben.get("/api/chat/conversations/").await.expect(200).body;
    assert_eq!(list["results"][0]["last_message"]["attachments"], message["attachments"]);
    let one = ben.get(&format!("/api/chat/messages/{}/", message["id"].as_str().unwrap())).await.expect(200).body;
    assert_eq!(one["attachments"], message["attachments"]);
    assert_eq!(ben.download(url(&words)).await.bytes, b"words");
}

#[tokio::test]
async fn sockets_send_files_too() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let (own, foreign) = (ada.upload("own", b"x").await, ben.upload("foreign", b"x").await);
    let mut socket = ada.open(0, &direct).await;
    let mut frame = json!({"type": "send_message", "message_type": "file", "client_id": "a"});
    frame["attachment_ids"] = json!(ids(&[&foreign]));
    socket.send(frame.clone()).await;
    let error = socket.expect("error").await;
    assert_eq!([&error["code"], &error["client_id"]], ["invalid", "a"]);
    frame["attachment_ids"] = json!(ids(&[&own]));
    socket.send(frame).await;
    assert_eq!(socket.expect("message_sent").await["client_id"], "a", "a refused message does not use its id up");
    assert_eq!(socket.messages(1).await[0]["attachments"], json!([own]));
    assert_eq!(ben.download(url(&own)).await.bytes, b"x");
}

#[tokio::test]
async fn only_ones_own_finished_uploads_can_be_sent_each_once_and_at_most_ten() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let (own, foreign) = (ada.upload("own", b"x").await, ben.upload("foreign", b"x").await);
    let mut many = Vec::new();
    for number in 0..=MAX_ATTACHMENTS {
        many.push(ada.upload(&number.to_string(), b"x").await);
    }
    let unknown = json!({"id": chat_protocol::ids::AttachmentId::generate()});
    let malformed = json!({"id": "../../etc/passwd"});
    for wrong in [
        vec![&foreign],
        vec![&own, &foreign],
        vec![&unknown],
        vec![&malformed],
        vec![&own, &own],
        many.iter().collect(),
    ] {
        let body = json!({"content": "look", "attachment_ids": ids(&wrong)});
        let answer = ada.post(&send_path(&direct), body).await.refused(400, "invalid");
        assert!(answer.body["errors"]["attachment_ids"].is_array(), "{}", answer.body);
    }
    let ten: Vec<_> = many.iter().take(MAX_ATTACHMENTS).collect();
    let message = ada.send_attachments(&direct, &ten).await;
    assert_eq!(message["attachments"].as_array().map(Vec::len), Some(MAX_ATTACHMENTS));
    // Again, elsewhere: it is still one's own.
    let group = ada.group_with(&[&ben]).await;
    ada.send_attachments(&group, &[&many[0], &own]).await;
    ben.download(url(&foreign)).await;
    assert_eq!(ben.history(&direct, "").await["results"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn files_are_had_by_who_takes_part_where_they_were_sent_and_nobody_else() {
    let app = App::shared().await;
    let [ada, ben, cem, eve] = app.users(["Ada", "Ben", "Cem", "Eve"]).await;
    let group = ada.group_with(&[&ben]).await;
    let photo = ada.upload("photo.jpg", PHOTO).await;
    let (content, thumbnail) = (url(&photo), photo["thumbnail_url"].as_str().unwrap());
    let has = async |who: &User| {
        let statuses = [who.download(content).await.status, who.download(thumbnail).await.status];
        assert!(statuses == [200, 200] || statuses == [404, 404], "{statuses:?}");
        statuses[0] == 200
    };
    assert!(has(&ada).await, "its uploader");
    assert!(!has(&ben).await, "not sent yet");
    let message = ada.send_attachments(&group, &[&photo]).await;
    for (who, expected) in [(&ada, true), (&ben, true), (&cem, false), (&eve, false)] {
        assert_eq!(has(who).await, expected, "{}", who.name);
    }
    for rest in [app.anon(), app.with_token("nonsense")] {
        assert_eq!(rest.download(content).await.status, 401);
    }
    for id in ["x", "01a207ac-1c5e-7b0a-93d4-5d3e6f0c2a11", "..%2f..%2fetc%2fpasswd"] {
        ada.get(&format!("{ATTACHMENTS}{id}/")).await.refused(404, "not_found");
    }
    ada.add(&group, &[&cem]).await;
    assert!(has(&cem).await, "newcomers see the history");
    ada.remove(&group, &ben).await;
    assert!(!has(&ben).await, "removal ends access at once");
    let etag = ada.download(content).await.header("etag").to_owned();
    let again = Rest::fetch(ben.request(Method::GET, content).header("if-none-match", etag)).await;
    assert_eq!(again.status, 404, "also to what is there already");
    ada.remove(&group, &ada).await;
    assert!(!has(&ada).await, "an uploader who has left, too");
    assert!(has(&cem).await);
    cem.delete(&format!("/api/chat/messages/{}/", message["id"].as_str().unwrap())).await.expect(204);
    assert!(!has(&cem).await, "a deleted message has no attachments");
    assert_eq!(cem.history(&group, "").await["results"][0]["attachments"], json!([]));
}

#[tokio::test]
async fn deletion_of_a_group_ends_access_to_what_was_sent_there_alone() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let (group, direct) = (ada.group_with(&[&ben]).await, ada.direct_with(&ben).await);
    let [gone, kept] = [ada.upload("gone", b"x").await, ada.upload("kept", b"y").await];
    ada.send_attachments(&group, &[&gone, &kept]).await;
    ada.send_attachments(&direct, &[&kept]).await;
    ada.delete(&format!("/api/chat/conversations/{group}/")).await.expect(204);
    for who in [&ada, &ben] {
        assert_eq!(who.download(url(&gone)).await.status, 404);
        assert_eq!(who.download(url(&kept)).await.bytes, b"y");
    }
}

#[tokio::test]
async fn without_a_bucket_there_are_no_uploads_past_the_api() {
    let ada = person().await;
    ada.post("/api/chat/attachments/uploads/", json!({"name": "a", "size": 1})).await.refused(404, "not_found");
    let own = ada.upload("a", b"x").await;
    let path = format!("/api/chat/attachments/uploads/{}/complete/", own["id"].as_str().unwrap());
    ada.post(&path, json!({})).await.refused(404, "not_found");
}
