//! A certificate of a public port whose end is near, on a stack of the test's own.

use std::fs;

use chat_e2e::{Certificates, Stack, TlsMode, options};
use chrono::{Datelike as _, TimeDelta, Utc};
use rcgen::{CertificateParams, KeyPair};

use crate::prometheus::Prometheus;

#[tokio::test]
async fn certificate_that_soon_ends_is_told_of() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut options = options().unwrap();
    options.tls = TlsMode::On;
    let stack = Stack::start(options).await.unwrap();
    let prometheus = Prometheus::watching(&stack).await;
    let certificates = stack.certificates().unwrap();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let soon = Utc::now().date_naive() + TimeDelta::days(13);
    let (month, day) = (u8::try_from(soon.month()).unwrap(), u8::try_from(soon.day()).unwrap());
    params.not_after = rcgen::date_time_ymd(soon.year(), month, day);
    fs::write(certificates.certificate(Certificates::SERVER), params.self_signed(&key).unwrap().pem()).unwrap();
    fs::write(certificates.key(Certificates::SERVER), key.serialize_pem()).unwrap();
    prometheus.fires(&["ChatCertificateExpires"]).await;
    stack.kill_all();
}
