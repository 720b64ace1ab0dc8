//! A browser with its keys. It reads what it is told with the cryptography of Node.js, by the steps of RFC 8291 and RFC 8292, and with
//! nothing of ours.

use chat_e2e::{hex, run_node};
use serde_json::{Value, json};

use super::service::{PushService, Taken};

/// What both programs begin with.
const BASE64: &str = r#"import crypto from "node:crypto"; const decode = (text) => Buffer.from(text, "base64url");"#;

const MAKE: &str = r#"
const keys = crypto.createECDH("prime256v1");
const encode = (bytes) => bytes.toString("base64url");
const p256dh = encode(keys.generateKeys());
console.log(JSON.stringify({ p256dh, private: encode(keys.getPrivateKey()), auth: encode(crypto.randomBytes(16)) }));
"#;

const READ: &str = r#"
const body = Buffer.from(input.body, "hex");
const keys = crypto.createECDH("prime256v1");
keys.setPrivateKey(decode(input.private));
const [salt, length] = [body.subarray(0, 16), body[20]];
const theirs = body.subarray(21, 21 + length);
const sealed = body.subarray(21 + length);
const expand = (secret, salt, info, count) => Buffer.from(crypto.hkdfSync("sha256", secret, salt, info, count));
const info = Buffer.concat([Buffer.from("WebPush: info\0"), keys.getPublicKey(), theirs]);
const seed = expand(keys.computeSecret(theirs), decode(input.auth), info, 32);
const key = expand(seed, salt, "Content-Encoding: aes128gcm\0", 16);
const nonce = expand(seed, salt, "Content-Encoding: nonce\0", 12);
const decipher = crypto.createDecipheriv("aes-128-gcm", key, nonce);
decipher.setAuthTag(sealed.subarray(-16));
const padded = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
if (padded.at(-1) !== 2) throw new Error("no end mark");

const [, token, k] = /^vapid t=([^,]+), k=(.+)$/.exec(input.authorization);
const point = decode(k);
const part = (from, to) => point.subarray(from, to).toString("base64url");
const jwk = { kty: "EC", crv: "P-256", x: part(1, 33), y: part(33, 65) };
const [header, claims, signature] = token.split(".");
const verifying = { key: crypto.createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" };
const good = crypto.verify("sha256", Buffer.from(`${header}.${claims}`), verifying, decode(signature));
const json = (bytes) => JSON.parse(bytes.toString("utf8"));
console.log(JSON.stringify({
  text: json(padded.subarray(0, -1)), good, key: k, header: json(decode(header)), claims: json(decode(claims)),
}));
"#;

/// A browser that somebody subscribes with.
pub struct Browser {
    endpoint: String,
    keys: Value,
}

impl Browser {
    /// One whose messages go through this push service.
    pub async fn new(push: &PushService, name: &str) -> Self {
        Self::at(&format!("{}/{name}", push.url)).await
    }

    /// One whose messages go there.
    pub async fn at(endpoint: &str) -> Self {
        let keys = run_node(&format!("{BASE64}{MAKE}")).await;
        Self { endpoint: endpoint.to_owned(), keys: serde_json::from_str(&keys).unwrap() }
    }

    /// Its `PushSubscription` as JSON.
    pub fn subscription(&self) -> Value {
        let keys = json!({"p256dh": self.keys["p256dh"], "auth": self.keys["auth"]});
        json!({"endpoint": self.endpoint, "expirationTime": null, "keys": keys})
    }

    /// What it is told, and whether and how it is signed.
    pub async fn read(&self, taken: &Taken) -> Value {
        let authorization = &taken.headers["authorization"];
        let body = hex(&taken.body);
        let input = json!({
            "body": body, "authorization": authorization, "private": self.keys["private"], "auth": self.keys["auth"],
        });
        let read = run_node(&format!("{BASE64}\nconst input = {input};{READ}")).await;
        serde_json::from_str(&read).unwrap()
    }
}
