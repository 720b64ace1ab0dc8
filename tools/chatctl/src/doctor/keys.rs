//! The keys by which tokens are known.

use super::{Doctor, Findings};
use crate::key::fetch_keys;

const AREA: &str = "keys";

pub(super) async fn check(doctor: &Doctor, findings: &mut Findings) {
    match (&doctor.jwt_jwks_url, &doctor.jwt_public_key_file) {
        (Some(url), _) => match fetch_keys(url).await {
            Ok(keys) => findings.ok(AREA, "jwks", format!("{} keys", keys.len())),
            Err(error) => findings.failed(AREA, "jwks", format!("{error:#}"), "Nobody new can be let in once an api or gateway restarts: look at JWT_JWKS_URL from the machines of the services"),
        },
        (None, Some(file)) => match std::fs::read_to_string(file) {
            Ok(text) if text.contains("-----BEGIN") => findings.ok(AREA, "pem", file.display().to_string()),
            Ok(_) => findings.failed(AREA, "pem", "no PEM in it", "JWT_PUBLIC_KEY_FILE: PEM with public keys"),
            Err(error) => findings.failed(AREA, "pem", error.to_string(), "JWT_PUBLIC_KEY_FILE: a file that the services may read"),
        },
        (None, None) => findings.ok(AREA, "issuer", "tokens are signed with JWT_SECRET alone"),
    }
}
