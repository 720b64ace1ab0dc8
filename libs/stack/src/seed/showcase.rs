//! What the demo people have talked about before somebody looks: messages, pictures, a voice message, reactions, replies, unread ones.

use anyhow::{Context, Result};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Api, Person};

/// A file as it is uploaded: name, type, bytes.
type File = (&'static str, &'static str, &'static [u8]);

const DRAFT: File = ("tempo-hero.webp", "image/webp", include_bytes!("hero.webp"));
const SCENE: File = ("scene-3.webp", "image/webp", include_bytes!("scene.webp"));
const MEMO: File = ("voice.webm", "audio/webm", include_bytes!("voice.webm"));
/// Stands between the parts of an upload; in none of the files.
const BOUNDARY: &str = "demo-part-7d1f0c";

/// A conversation that is being made.
struct Talk<'a> {
    api: &'a Api<'a>,
    id: String,
}

/// Lets them talk, unless they have.
pub(super) async fn talk(api: &Api<'_>, people: &[Person]) -> Result<()> {
    let [clara, felix, dana] = people else { anyhow::bail!("there are three people") };
    let direct = json!({"participant_ids": [felix.id]});
    let Some(talk) = Talk::begin(api, clara, &direct).await? else { return Ok(()) };
    about_the_draft(&talk, clara, felix).await?;

    let job = json!({"id": "demo-2", "title": "Brand illustrations for onboarding", "status": "open"});
    let body = json!({"participant_ids": [felix.id], "kind": "job", "title": "Brand illustrations for onboarding", "job": job});
    if let Some(talk) = Talk::begin(api, dana, &body).await? {
        about_the_scenes(&talk, dana, felix).await?;
    }
    let body = json!({"participant_ids": [felix.id, dana.id], "kind": "group", "title": "Tempo launch 🚀"});
    if let Some(talk) = Talk::begin(api, clara, &body).await? {
        about_the_launch(&talk, clara, felix, dana).await?;
    }
    Ok(())
}

async fn about_the_draft(talk: &Talk<'_>, clara: &Person, felix: &Person) -> Result<()> {
    talk.say(clara, "Hi Felix! I liked your bid. Have you seen the brand kit?").await?;
    talk.say(felix, "I have, thank you. The indigo is lovely with that much white around it.").await?;
    let draft =
        talk.send(felix, "A first draft of the hero. The calendar is the picture, no stock photos.", DRAFT).await?;
    talk.react(clara, &draft, "😍").await?;
    let question = talk.reply(clara, &draft, "Yes! Could the headline stay on two lines on a phone?").await?;
    talk.reply(felix, &question, "It can. I would drop the second button there, too.").await?;
    let memo = talk.send(felix, "", MEMO).await?;
    talk.react(clara, &memo, "👍").await?;
    talk.say(clara, "Good idea. Let us talk on Thursday at half past ten?").await?;
    talk.read(felix).await?;
    talk.say(felix, "Thursday, 10:30. I will bring the phone layout.").await?;
    Ok(())
}

async fn about_the_scenes(talk: &Talk<'_>, dana: &Person, felix: &Person) -> Result<()> {
    talk.say(felix, "Hello Dana, I sketched two of the five scenes. Is the house too much?").await?;
    let scene = talk.send(felix, "Scene 3, evening", SCENE).await?;
    talk.react(dana, &scene, "🏡").await?;
    talk.say(dana, "Not at all, keep the house. The sun could be a little lower.").await?;
    talk.say(dana, "And could you show me what it becomes in dark mode?").await?;
    Ok(())
}

async fn about_the_launch(talk: &Talk<'_>, clara: &Person, felix: &Person, dana: &Person) -> Result<()> {
    talk.say(clara, "One place for all of us until the launch on December 8.").await?;
    let plan =
        talk.say(dana, "Plan: copy by Friday, page by Tuesday, a quiet Wednesday, then we press the button.").await?;
    talk.react(felix, &plan, "🎉").await?;
    talk.react(clara, &plan, "🎉").await?;
    talk.say(felix, "The quiet Wednesday is my favourite part. Notes: https://example.com/tempo-launch").await?;
    talk.read(clara).await?;
    talk.say(dana, "I booked a cake, just in case.").await?;
    Ok(())
}

impl<'a> Talk<'a> {
    /// None if there is one already: then it was begun at an earlier start.
    async fn begin(api: &'a Api<'a>, by: &Person, body: &Value) -> Result<Option<Self>> {
        let request =
            api.client.post(format!("{}/api/chat/conversations/", api.url)).bearer_auth(&by.access).json(body);
        let made = [StatusCode::CREATED, StatusCode::OK];
        let (status, answer) = Api::answer(request, "opening a conversation", &made).await?;
        let talk = Self { api, id: id_of(&answer)? };
        Ok((status == StatusCode::CREATED).then_some(talk))
    }

    async fn say(&self, by: &Person, content: &str) -> Result<String> {
        self.post(by, json!({"content": content})).await
    }

    async fn reply(&self, by: &Person, to: &str, content: &str) -> Result<String> {
        self.post(by, json!({"content": content, "reply_to": to})).await
    }

    /// Sends a file; a sound as a voice message.
    async fn send(&self, by: &Person, content: &str, file: File) -> Result<String> {
        let kind = if file.1.starts_with("audio/") { "voice" } else { "image" };
        let attachment = self.upload(by, file).await?;
        self.post(by, json!({"content": content, "message_type": kind, "attachment_ids": [attachment]})).await
    }

    async fn post(&self, by: &Person, message: Value) -> Result<String> {
        let path = format!("/api/chat/conversations/{}/send_message/", self.id);
        id_of(&self.api.post(&path, Some(&by.access), &message, &[StatusCode::CREATED]).await?)
    }

    async fn react(&self, by: &Person, message: &str, emoji: &str) -> Result<()> {
        let path = format!("/api/chat/messages/{message}/reactions/{emoji}/");
        self.api.send(Method::PUT, &path, Some(&by.access), None, &[StatusCode::OK]).await?;
        Ok(())
    }

    async fn read(&self, by: &Person) -> Result<()> {
        let path = format!("/api/chat/conversations/{}/mark_as_read/", self.id);
        self.api.send(Method::PATCH, &path, Some(&by.access), Some(&json!({})), &[StatusCode::OK]).await?;
        Ok(())
    }

    async fn upload(&self, by: &Person, (name, content_type, bytes): File) -> Result<String> {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {content_type}\r\n\r\n"
        );
        let body = [head.as_bytes(), bytes, format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat();
        let request = self.api.client.post(format!("{}/api/chat/attachments/", self.api.url)).bearer_auth(&by.access);
        let request = request.header("content-type", format!("multipart/form-data; boundary={BOUNDARY}")).body(body);
        id_of(&Api::answer(request, "uploading", &[StatusCode::CREATED]).await?.1)
    }
}

fn id_of(answer: &Value) -> Result<String> {
    answer["id"].as_str().map(str::to_owned).context("an answer without an id")
}
