//! Encrypts what is told to a browser so that only that browser reads it, and not the push service between (RFC 8291, `aes128gcm` of
//! RFC 8188). Pure.

use aes_gcm::aead::Aead as _;
use aes_gcm::{Aes128Gcm, KeyInit as _};
use hkdf::Hkdf;
use p256::ecdh::diffie_hellman;
use p256::elliptic_curve::sec1::ToEncodedPoint as _;
use p256::{PublicKey, SecretKey};
use sha2::Sha256;

/// The size of a record that is announced; there is one, and it is shorter.
const RECORD_BYTES: u32 = 4096;
/// What stands behind the last record's text.
const LAST_RECORD: u8 = 2;
/// The longest text: push services take 4,096 bytes with header (86), end mark (1) and tag (16).
#[cfg(test)]
pub(super) const MAX_TEXT_BYTES: usize = 4096 - 86 - 1 - 16;

/// What a browser has given for its subscription, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BrowserKeys {
    public: PublicKey,
    auth: [u8; 16],
}

impl BrowserKeys {
    /// Reads `p256dh` and `auth`; none if they are no point of the curve, or no 16 bytes.
    pub(crate) fn read(p256dh: &[u8], auth: &[u8]) -> Option<Self> {
        // Compressed points and points at infinity are none that a browser gives.
        let is_uncompressed = p256dh.len() == 65 && p256dh[0] == 4;
        let public = PublicKey::from_sec1_bytes(p256dh).ok().filter(|_| is_uncompressed)?;
        Some(Self { public, auth: auth.try_into().ok()? })
    }

    /// The body of a request to the push service. Draws `own` and `salt` anew each time, or the same text shows itself.
    pub(crate) fn encrypt(&self, text: &[u8], own: &SecretKey, salt: [u8; 16]) -> Vec<u8> {
        let own_public = own.public_key().to_encoded_point(false);
        let their_public = self.public.to_encoded_point(false);
        let shared = diffie_hellman(own.to_nonzero_scalar(), self.public.as_affine());
        let info = [b"WebPush: info\0", their_public.as_bytes(), own_public.as_bytes()].concat();
        let seed: [u8; 32] = expand(&self.auth, shared.raw_secret_bytes(), &info);
        let key: [u8; 16] = expand(&salt, &seed, b"Content-Encoding: aes128gcm\0");
        let nonce: [u8; 12] = expand(&salt, &seed, b"Content-Encoding: nonce\0");
        let padded = [text, &[LAST_RECORD]].concat();
        let sealed = Aes128Gcm::new(&key.into()).encrypt(&nonce.into(), padded.as_slice());
        let sealed = sealed.expect("a record of at most 4 KiB can be sealed");
        let own_public = own_public.as_bytes();
        let key_length = u8::try_from(own_public.len()).expect("a point has 65 bytes");
        [&salt, &RECORD_BYTES.to_be_bytes()[..], &[key_length], own_public, &sealed].concat()
    }
}

/// HKDF with SHA-256 (RFC 5869).
fn expand<const N: usize>(salt: &[u8], secret: &[u8], info: &[u8]) -> [u8; N] {
    let mut bytes = [0; N];
    Hkdf::<Sha256>::new(Some(salt), secret).expand(info, &mut bytes).expect("N is at most 32 bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn decode(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    const THEIR_PUBLIC: &str =
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

    /// RFC 8291, section 5 and appendix A.
    #[test]
    fn example_of_the_standard_comes_out() {
        let keys = BrowserKeys::read(&decode(THEIR_PUBLIC), &decode(AUTH)).unwrap();
        let own = SecretKey::from_slice(&decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")).unwrap();
        let salt = decode("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let body = keys.encrypt(b"When I grow up, I want to be a watermelon", &own, salt);
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w\
                        EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        assert_eq!(URL_SAFE_NO_PAD.encode(body), expected);
    }

    #[test]
    fn longest_text_fits_what_push_services_take() {
        let keys = BrowserKeys::read(&decode(THEIR_PUBLIC), &decode(AUTH)).unwrap();
        let own = SecretKey::from_slice(&[7; 32]).unwrap();
        assert_eq!(keys.encrypt(&[b'x'; MAX_TEXT_BYTES], &own, [0; 16]).len(), 4096);
    }

    #[test]
    fn what_is_no_point_or_no_secret_is_refused() {
        let (public, auth) = (decode(THEIR_PUBLIC), decode(AUTH));
        let mut off_the_curve = public.clone();
        off_the_curve[64] ^= 1;
        let compressed = [&[2], &public[1..33]].concat();
        for bad in [&[], &public[1..], &off_the_curve, &compressed, &[0][..]] {
            assert_eq!(BrowserKeys::read(bad, &auth), None, "{bad:?}");
        }
        for bad in [&auth[1..], &[0; 17], &[]] {
            assert_eq!(BrowserKeys::read(&public, bad), None);
        }
    }
}
