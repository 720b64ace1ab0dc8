//! Files that would run in a browser that is not told otherwise: pages, drawings, scripts, two things at once, under false names.

/// A file.
pub struct Hostile {
    /// What it is uploaded as.
    pub name: String,
    pub content: Vec<u8>,
    /// Whether a browser may show it: pictures, sounds and movies.
    pub is_shown: bool,
    /// The type as which a careless server would let it run.
    pub careless_type: Option<&'static str>,
}

/// What they do when they run: leave a mark, tell the page around them, and call the canary.
const SCRIPT: &str =
    "window.ran=1;try{parent.postMessage('ran','*')}catch(e){};new Image().src='http://canary.test/hit';";

const PNG: &[u8] = include_bytes!("../files/plain.png");
const GIF: &[u8] = include_bytes!("../files/plain.gif");
const JPEG: &[u8] = include_bytes!("../files/plain.jpg");
const OGG: &[u8] = include_bytes!("../files/voice.ogg");
const MP3: &[u8] = include_bytes!("../files/voice.mp3");
const MP4: &[u8] = include_bytes!("../files/movie.mp4");
const WEBM: &[u8] = include_bytes!("../files/movie.webm");

fn page() -> String {
    format!(
        "<!DOCTYPE html><html><head><title>t</title><script>{SCRIPT}</script></head><body onload=\"{SCRIPT}\">x</body></html>"
    )
}

fn drawing() -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"{SCRIPT}\"><script>{SCRIPT}</script><circle r=\"9\"/></svg>"
    )
}

fn utf16(text: &str) -> Vec<u8> {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

fn with_declaration(text: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}")
}

/// A page with the namespace that makes a browser run it as XML.
fn xhtml() -> String {
    with_declaration(&format!(
        "<html xmlns=\"http://www.w3.org/1999/xhtml\"><head><title>t</title><script>{SCRIPT}</script></head><body/></html>"
    ))
}

fn pdf() -> String {
    let action = "<</S/JavaScript/JS(app.alert\\(1\\);this.submitForm\\('http://canary.test/hit'\\))>>";
    format!(
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction{action}>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
         3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    )
}

fn mhtml() -> String {
    format!(
        "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"b\"; type=\"text/html\"\r\n\r\n--b\r\nContent-Type: text/html\r\n\
         Content-Location: http://canary.test/\r\n\r\n{}\r\n--b--\r\n",
        page()
    )
}

/// A picture that says that it is 50,000 pixels wide and high.
fn bomb() -> Vec<u8> {
    let mut file = PNG.to_vec();
    file[16..20].copy_from_slice(&50_000_u32.to_be_bytes());
    file[20..24].copy_from_slice(&50_000_u32.to_be_bytes());
    let sum = file[12..29].iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 })
    });
    file[29..33].copy_from_slice(&(!sum).to_be_bytes());
    file
}

fn saved(name: &str, careless_type: Option<&'static str>, content: impl Into<Vec<u8>>) -> Hostile {
    Hostile { name: name.to_owned(), content: content.into(), is_shown: false, careless_type }
}

/// A real picture, sound or movie with a page inside.
fn shown(name: &str, careless_type: Option<&'static str>, parts: &[&[u8]]) -> Hostile {
    Hostile { name: name.to_owned(), content: parts.concat(), is_shown: true, careless_type }
}

/// All of them.
pub fn corpus() -> Vec<Hostile> {
    let (page, drawing) = (page(), drawing());
    let html = Some("text/html");
    let mut all = vec![
        saved("page.html", html, page.clone()),
        saved("page that says picture.png", html, page.clone()),
        saved("page that says document.pdf", html, page.clone()),
        saved("page.html;.png", html, page.clone()),
        saved("page with a mark.htm", html, format!("\u{feff}\n\t {page}")),
        saved("page in utf-16.html", html, utf16(&page)),
        saved("page in utf-7.html", None, "+ADw-script+AD4-window.ran=1+ADw-/script+AD4-"),
        saved("page after zeros.html", html, [&[0; 600][..], page.as_bytes()].concat()),
        saved("page after words.txt", html, format!("{}{page}", "words ".repeat(400))),
        saved("page of odd tags.html", html, format!("<x:y><img src=x onerror=\"{SCRIPT}\">")),
        saved("page with a comment.html", html, format!("<!-- {} -->{page}", "x".repeat(9000))),
        saved("drawing.svg", Some("image/svg+xml"), drawing.clone()),
        saved("drawing that says picture.png", Some("image/svg+xml"), drawing.clone()),
        saved("drawing with a declaration.svg", Some("image/svg+xml"), with_declaration(&drawing)),
        saved(
            "drawing with a page inside.svg",
            Some("image/svg+xml"),
            format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\"><foreignObject><body xmlns=\"http://www.w3.org/1999/xhtml\"><script>{SCRIPT}</script></body></foreignObject></svg>"
            ),
        ),
        saved("page.xhtml", Some("application/xhtml+xml"), xhtml()),
        saved(
            "feed.xml",
            Some("text/xml"),
            with_declaration(&format!(
                "<rss><x:script xmlns:x=\"http://www.w3.org/1999/xhtml\">{SCRIPT}</x:script></rss>"
            )),
        ),
        saved("styled.xml", None, with_declaration("<?xml-stylesheet type=\"text/xsl\" href=\"#s\"?><a id=\"s\"/>")),
        saved("script.js", None, SCRIPT),
        saved("module.mjs", None, format!("{SCRIPT}export default 1;")),
        saved(
            "worker.js",
            None,
            "self.addEventListener('fetch',e=>e.respondWith(new Response('ran')));fetch('http://canary.test/hit')",
        ),
        saved("picture and script.gif", None, format!("GIF89a/*{}*/=1;{SCRIPT}", "x".repeat(20))),
        saved("style.css", None, "body{background:url(http://canary.test/hit)}"),
        saved("document.pdf", None, pdf()),
        saved("page and document.pdf", html, format!("{page}\n{}", pdf())),
        saved("archive of a page.mht", None, mhtml()),
        saved("program.wasm", None, b"\0asm\x01\0\0\0".to_vec()),
        saved("film.swf", None, b"FWS\x06\x20\0\0\0\x70\0\x0b\xb8".to_vec()),
        saved("application.hta", html, format!("<hta:application/>{page}")),
        saved("shortcut.url", None, "[InternetShortcut]\r\nURL=javascript:window.ran=1\r\n"),
        saved(
            "bomb.zip.html",
            None,
            b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(),
        ),
        saved("broken picture with a page.png", html, [&PNG[..40], page.as_bytes()].concat()),
        saved("bomb.png", None, bomb()),
        shown("picture with a page behind.png", html, &[PNG, page.as_bytes()]),
        shown("picture with a page behind.gif", html, &[GIF, page.as_bytes()]),
        shown("picture with a page behind.jpg", html, &[JPEG, page.as_bytes()]),
        shown(
            "picture with a page in it.jpg",
            None,
            &[
                &JPEG[..2],
                b"\xff\xfe",
                &u16::try_from(page.len() + 2).unwrap().to_be_bytes(),
                page.as_bytes(),
                &JPEG[2..],
            ],
        ),
        shown("sound with a page behind.ogg", None, &[OGG, page.as_bytes()]),
        shown("sound with a page behind.mp3", None, &[MP3, page.as_bytes()]),
        shown("movie with a page behind.mp4", None, &[MP4, page.as_bytes()]),
        shown("movie with a page behind.webm", None, &[WEBM, page.as_bytes()]),
    ];
    for name in [
        "..",
        "../../index.html",
        "a\r\nContent-Type: text/html\r\n\r\n.html",
        "\u{202e}gnp.lmth",
        "a\"; x=\".html",
        &"x".repeat(255),
    ] {
        all.push(saved(name, None, page.clone()));
    }
    all
}
